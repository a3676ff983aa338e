/* Ridge regression whose coefficients resist being negative: what costs more takes longer.
 *
 * Each coefficient has a normal prior of variance `variance` where it is positive and `ease` times
 * that where it is negative (0: never negative). Minimised over the coefficients b and a free
 * constant c are
 *   sum_i w_i (target_i - c - x_i . b)^2 / noise + sum_k b_k^2 / variance_k (/ ease_k if b_k < 0),
 * in the dual: with a = (target - c - x b) w / noise, b_k = variance_k x_k' a, times ease_k where
 * that is negative. So there is an equation for each sample, linear but for the kinks, which
 * Newton's method solves in a few steps. */
#ifndef PREDICTOR_POSITIVE_H
#define PREDICTOR_POSITIVE_H

#include "latcast/status.h"

typedef struct lc__positive {
    size_t n, width;
    const double *x;        /* [n][width] */
    const double *target;   /* [n] */
    const double *root;     /* [n] sqrt(w), not all 0 */
    const double *variance; /* [width] >= 0; 0: the coefficient is 0 */
    const double *ease;     /* [width] 0 .. 1 */
    double noise;           /* > 0 */
} lc__positive;

/* With C = noise / w + sum_k variance_k x_k x_k', taken over the coefficients that are not held at
 * 0 and orthogonally to the constant, what the target's normal likelihood is made of. */
typedef struct lc__positive_answer {
    double *mean;           /* [width + 1] to be filled: the coefficients, then the constant */
    double energy;          /* target' C^-1 target */
    double log_determinant; /* log |C| but for the weights; infinite: not computable */
} lc__positive_answer;

/* Fills *out. */
lc_status lc__positive_fit(const lc__positive *problem, lc__positive_answer *out, lc_error *err);

#endif
