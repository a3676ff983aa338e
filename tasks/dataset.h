/* A table of measurements together with what the predictor needs of its nets, worked out once. */
#ifndef TASKS_DATASET_H
#define TASKS_DATASET_H

#include "latcast/space.h"
#include "predictor/point.h"
#include "tasks/format.h"

/* Where a dataset comes from. */
typedef struct lc__origin {
    const char *table;  /* path of the table */
    const char *format; /* name of its format (format.h) */
    const char *quantity;
    const char *space; /* that the nets belong to, or NULL */
    const char *nets;  /* path of a file of nets, or NULL */
} lc__origin;

typedef struct lc__dataset {
    char path[512];        /* of the table */
    const lc_space *space; /* that the nets were read in, or NULL */
    lc__table table;
    lc__point *points;      /* [table.n_rows] */
    lc_cost *costs;         /* [table.n_rows] */
    size_t n_choices;       /* of each net; 0: they are not all of one search space */
    unsigned char *choices; /* [table.n_rows][n_choices], or NULL */
    size_t n_alike;         /* rows of the file of nets that repeat another row's net */
    size_t n_unused;        /* nets of the file of nets that the table does not name */
    char one_unused[80];    /* one of them */
} lc__dataset;

/* Loads a table and featurises every net. A format that describes its nets needs neither space nor
 * file of nets, one that does not needs exactly one of them. LC_EUNSUPPORTED: an unknown format,
 * quantity or space; LC_EFORMAT with file and line: a net that the space cannot read, that the file
 * of nets lacks or holds twice. Release with lc__dataset_clear(). */
lc_status lc__dataset_load(const lc__origin *origin, lc__dataset *out, lc_error *err);
void lc__dataset_clear(lc__dataset *data);

/* Fills row `row` of data->points, costs and choices from a net: for readers of nets. */
lc_status lc__dataset_set(lc__dataset *data, size_t row, const lc_net *net, lc_error *err);

/* The rows at which a device was measured: rows[*n] (free()). LC_EFORMAT, naming the table's file,
 * if it has no such device. */
lc_status lc__dataset_measured(const lc__dataset *data, const char *device, size_t **rows,
                               size_t *n, lc_error *err);

#endif
