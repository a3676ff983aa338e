/* A latency table together with what the predictor needs of its nets, worked out once. */
#ifndef TASKS_DATASET_H
#define TASKS_DATASET_H

#include "predictor/point.h"
#include "tasks/table.h"

typedef struct lc__dataset {
    char path[512];
    const char *space; /* that the nets were read in; static string */
    lc__table table;
    lc__point *points; /* [table.n_rows] */
} lc__dataset;

/* Loads a table whose nets belong to `space` and featurises every net. LC_EUNSUPPORTED: an unknown
 * space; LC_EFORMAT with file and line: a net that the space cannot read. Release with
 * lc__dataset_clear(). */
lc_status lc__dataset_load(const char *path, const char *space, lc__dataset *out, lc_error *err);
void lc__dataset_clear(lc__dataset *data);

/* The rows at which a device was measured: rows[*n] (free()). LC_EFORMAT, naming the table's file,
 * if it has no such device. */
lc_status lc__dataset_measured(const lc__dataset *data, const char *device, size_t **rows,
                               size_t *n, lc_error *err);

#endif
