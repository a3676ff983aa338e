/* The loss of each step of a training, as CSV: step,epoch,loss,accuracy. */
#ifndef NAS_CMD_LOSSES_H
#define NAS_CMD_LOSSES_H

#include <stdint.h>
#include <stdio.h>
#include "train/engine.h"

typedef struct lc__losses {
    FILE *file; /* NULL: none is wanted */
    const char *path;
} lc__losses;

/* Begins a file, or goes on with one: lines of `step` and later are of a run that lost them, and
 * go. `path` NULL: nothing is written. LC_EIO; LC_EFORMAT: the file is no such table. Close it in
 * any case. */
lc_status lc__losses_open(const char *path, int64_t step, lc__losses *out, lc_error *err);
void lc__losses_add(lc__losses *losses, int64_t step, int epoch, const lc__outcome *outcome);
/* What was added is in the file when this returns. LC_EIO. */
lc_status lc__losses_flush(lc__losses *losses, lc_error *err);
void lc__losses_close(lc__losses *losses);

#endif
