/* Which nets a trial learns from: the same for every method that is compared. */
#ifndef TASKS_DRAW_H
#define TASKS_DRAW_H

#include "predictor/selection.h"
#include "tasks/dataset.h"
#include "tasks/suite.h"

/* Rows of a dataset at which a device was measured. */
typedef struct lc__rows {
    size_t *row; /* [n], owned */
    size_t n;
} lc__rows;

/* Draws the nets of a source device: up to task->source_samples rows, and their values, for
 * lc__model_train_points(). Everything depends on seed, task and device alone. Release with
 * lc__pool_clear(). */
lc_status lc__draw_source(const lc__task *task, const lc__dataset *data, const char *device,
                          uint64_t seed, lc__pool_rows *out, lc_error *err);
void lc__pool_clear(lc__pool_rows *pool, size_t n);

/* Rows that stand for the nets of a task without sources: what the features are scaled by. */
lc_status lc__draw_reference(const lc__task *task, const lc__dataset *data, uint64_t seed,
                             lc__rows *out, lc_error *err);

/* The rows of a target, the k to measure first, in the order they are chosen; a random choice of
 * fewer is the head of that of more. `model` is for the selections that ask it, else may be NULL;
 * the active one sees the values of what it chose before.
 * LC_EFORMAT: fewer than k + 2 nets were measured. */
lc_status lc__draw_target(const lc__task *task, const lc__dataset *data, const lc_model *model,
                          const char *device, uint64_t seed, lc__method selection, size_t k,
                          lc__rows *out, lc_error *err);

/* values[n] of a device at rows[n] (free()); NULL when out of memory. */
double *lc__gather(const double *column, const size_t *rows, size_t n);

#endif
