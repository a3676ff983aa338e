/* Bayesian linear regression with its hyperparameters averaged out, in the dual (one unknown per
 * sample). Pure algebra: kernels and targets in, moments of the forecast out.
 *
 * Under one cell of the grid the targets are z = c + slope * size + f + noise with a flat prior on
 * the constant c, f a Gaussian process of covariance s2 * sum_b weight_b k_b, noise of variance
 * s2 * noise / w_i (w_i <= 1: robust weights) and s2 inverse gamma. The constant is projected out
 * (restricted likelihood), s2 integrated out. Cells then count by their evidence.
 */
#ifndef PREDICTOR_POSTERIOR_H
#define PREDICTOR_POSTERIOR_H

#include "predictor/grid.h"

/* n samples under both links. Borrowed. */
typedef struct lc__problem {
    size_t n;
    const double *target[LC__LINKS];           /* [n] */
    const double *size[LC__LINKS][LC__VARIANTS]; /* [n] sizes, or their logarithms */
    const double *gram[LC__LINKS][LC__BLOCKS]; /* [n][n], NULL: the block is empty */
} lc__problem;

/* The forecast under one link as moments over the grid: with y = (k_0(x, 1..n), ..,
 * k_6(x, 1..n), size_raw(x), size_live(x), 1), E f = mean . y and
 * E f^2 + Var f = y' second y + sum_b own[b] k_b(x, x), all given the link. */
typedef struct lc__dual {
    double mass;                    /* probability of the link */
    double *mean;                   /* [LC__BLOCKS * n + 3] */
    double *second;                 /* [LC__BLOCKS * n + 3] squared */
    double own[LC__BLOCKS];         /* mean prior variance of the blocks */
    double share[LC__BLOCKS];       /* mean weight of the blocks, sums to 1 */
    double noise;                   /* mean variance of a sample's noise */
} lc__dual;

/* dual[LC__LINKS]; release each with lc__dual_clear() (also on failure). *inflation is what the
 * variances are to be multiplied by because samples were found unreliable. */
lc_status lc__posterior(const lc__problem *problem, const lc__grid *grid, lc__dual *dual,
                        double *inflation, lc_error *err);
void lc__dual_clear(lc__dual *dual);

#endif
