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

#include "grid.h"

/* n samples under both links, and their kernels' features: k_b(x, sample i) is the dot product of
 * x's `width` columns with row i of feature[link][b]. Borrowed. */
typedef struct lc__problem {
    size_t n, width;
    const double *target[LC__LINKS];              /* [n] */
    const double *size[LC__LINKS][LC__VARIANTS];  /* [n] sizes, or their logarithms */
    size_t size_column[LC__LINKS][LC__VARIANTS];  /* which of the columns they are */
    const double *gram[LC__LINKS][LC__BLOCKS];    /* [n][n], NULL: the block is empty */
    const double *feature[LC__LINKS][LC__BLOCKS]; /* [n][width] */
} lc__problem;

/* The forecast under one link as moments over the grid: with y = (columns of x, 1),
 * E f = mean . y and E f^2 + Var f = y' second y + sum_b own[b] k_b(x, x), given the link.
 *
 * Soon `second` will be over few coordinates z = (linear in the standardised columns u, 1) that
 * both links share, computed by lc__chart_apply(&predictor->chart, u, z) (chart.h, rank about 40 to
 * 130): E f^2 + Var f = z' second z + sum of own[v] |u over the coarse block v|^2. `mean` stays. */
typedef struct lc__moments {
    double mass;              /* probability of the link */
    double *mean;             /* [width + 1] */
    double *second;           /* [width + 1][width + 1] */
    double own[LC__BLOCKS];   /* mean prior variance of the blocks */
    double share[LC__BLOCKS]; /* mean weight of the blocks, sums to 1 */
    double noise;             /* mean variance of a sample's noise */
} lc__moments;

/* Fills moments[LC__LINKS]; release each with lc__moments_clear() (also on failure). *inflation is
 * what the variances are to be multiplied by because samples were found unreliable. */
lc_status lc__posterior(const lc__problem *problem, const lc__grid *grid, lc__moments *moments,
                        double *inflation, lc_error *err);
/* Only the probability of each pattern of the grid: mass[n_patterns]. */
lc_status lc__posterior_patterns(const lc__problem *problem, const lc__grid *grid, double *mass,
                                 lc_error *err);

/* Where there are many samples, leaves only the patterns in the grid that a few of the samples
 * already find likely: the work grows with the cube of the samples for each pattern. */
lc_status lc__shortlist(const lc__problem *problem, lc__grid *grid, lc_error *err);
void lc__moments_clear(lc__moments *moments);

#endif
