/* Candidates as points of a space in which forecasts are linear, and how sure the forecasts would
 * be given what is taken as measured. */
#ifndef PREDICTOR_DESIGN_H
#define PREDICTOR_DESIGN_H

#include "predictor/selection.h"

/* Variance of the constant and of the noise, where the nets' mean variance is 1. */
#define LC__CONSTANT_VARIANCE 10.0
#define LC__NOISE_VARIANCE 0.1

typedef struct lc__design {
    size_t n, width;
    double *x;        /* [n][width] candidates, then what is measured; centred, mean |x|^2 = 1 */
    size_t n_open;    /* the first n_open may be chosen */
    double *variance; /* [n] of the forecast given what is chosen */
    double *factor;   /* [k][n] rows of the incremental Cholesky factor */
    size_t k;
    bool *taken; /* [n] */
} lc__design;

/* A design with room for k more measurements; the candidates are the first n_open of `from`.
 * Release with lc__design_clear(), also on failure. */
lc_status lc__design_init(lc__design *d, const lc__selection *from, size_t n_open, size_t k,
                          lc_error *err);
void lc__design_clear(lc__design *d);

/* Takes row j as measured: every variance falls by what it tells. Further copies of the row come
 * last of all: a net is not worth measuring twice. */
void lc__design_take(lc__design *d, size_t j);

/* medoid[m]: distinct candidates, each the most central of a cluster (k-medoids by Park and Jun's
 * alternation from a greedy start). */
lc_status lc__design_medoids(lc__design *d, size_t m, size_t *medoid, lc_error *err);

#endif
