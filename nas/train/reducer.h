/* Data parallel: each of several ranks computes on its share of a batch, and what belongs to the
 * whole batch is summed over them. */
#ifndef TRAIN_REDUCER_H
#define TRAIN_REDUCER_H

#include "latcast/status.h"

/* Each function replaces x[n] by its sum over all ranks, the same numbers on each. All ranks call
 * them in the same order. LC_EUNREACHABLE where a rank is gone. */
typedef struct lc__reducer {
    void *context;
    lc_status (*sum_f32)(void *context, float *x, size_t n, lc_error *err);
    lc_status (*sum_f64)(void *context, double *x, size_t n, lc_error *err);
} lc__reducer;

/* `reducer` NULL: one rank, nothing to do. */
static inline lc_status lc__reduce_f32(const lc__reducer *reducer, float *x, size_t n,
                                       lc_error *err) {
    return reducer ? reducer->sum_f32(reducer->context, x, n, err) : LC_OK;
}

static inline lc_status lc__reduce_f64(const lc__reducer *reducer, double *x, size_t n,
                                       lc_error *err) {
    return reducer ? reducer->sum_f64(reducer->context, x, n, err) : LC_OK;
}

#endif
