/* Devices side by side: the latencies of the same nets on each. */
#ifndef PREDICT_COLUMNS_H
#define PREDICT_COLUMNS_H

#include "cmd.h"
#include "tasks/agreement.h"

typedef struct lc__columns {
    const char **name; /* [n] devices */
    double *values;    /* [n][n_rows], NaN = not measured */
    size_t n, n_rows;
    void *owner; /* what the names belong to */
    void (*release)(void *owner);
} lc__columns;

/* The columns of a latency table, but for those that `without` names (by name or by a pattern).
 * With `space` (may be NULL) every net's name must be one of that space. LC_EUSAGE: a name that the
 * table does not have; LC_EUNSUPPORTED: an unknown space; LC_EFORMAT: as lc__table_load(), or a net
 * that the space cannot read. Release with lc__columns_clear() (also on failure). */
lc_status lc__columns_of_table(const char *path, const char *space, const lc__list *without,
                               lc__columns *out, lc_error *err);

/* The devices of a folder of device.json files, but for those that `without` names; a row for every
 * net that one of them measured, of `space` alone unless that is NULL; repeats averaged. Errors as
 * lc__pool_files_load(); LC_EUNSUPPORTED: an unknown space. */
lc_status lc__columns_of_pool(const char *folder, const char *space, const lc__list *without,
                              lc__columns *out, lc_error *err);

/* The devices of a pool model, but for those that `without` names, by what the model says of them
 * for n random nets of a space drawn from `seed`. Errors as lc__pool_open(). */
lc_status lc__columns_of_model(const char *path, const lc_space *space, size_t n, uint64_t seed,
                               const lc__list *without, lc__columns *out, lc_error *err);

void lc__columns_clear(lc__columns *columns);

/* The rank correlations of the columns. LC_EFORMAT, with the two devices named, when a pair has
 * fewer than `least` common nets. Release with lc__agreement_clear() (also on failure). */
lc_status lc__columns_agree(const lc__columns *columns, size_t least, lc__agreement *out,
                            lc_error *err);

/* The fewest nets that two devices must share, unless asked otherwise. */
#define LC__LEAST_COMMON 30

#endif
