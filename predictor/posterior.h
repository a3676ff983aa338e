/* Bayesian linear regression with its hyperparameters averaged out, in the dual (one unknown per
 * sample). Pure algebra: kernels and targets in, weights of the samples out.
 *
 * Under one cell of the grid the targets are z = c + slope * size + f + noise with a flat prior on
 * the constant c, f a Gaussian process of covariance s2 * sum_b weight_b k_b, noise of variance
 * s2 * noise / w_i (w_i <= 1: robust weights) and s2 inverse gamma. The constant is projected out
 * (restricted likelihood), s2 integrated out. Cells then count by their evidence.
 */
#ifndef PREDICTOR_POSTERIOR_H
#define PREDICTOR_POSTERIOR_H

#include "frame.h"

/* Sums over cells as vectors: p alpha; p (c alpha - s2 h); p slope alpha, for each variant whose
 * size the slope is about. */
enum {
    LC__PART_ALPHA,
    LC__PART_LINE,
    LC__PART_BY_SIZE,
    LC__PART_VECTORS = LC__PART_BY_SIZE + LC__VARIANTS
};

/* Sums over the cells of one pattern under one link, each with its probability p. A cell's
 * forecast, with k the kernel of a net with the samples in the frame, is
 *   E f = c + slope size + alpha . k,       alpha = (K + noise)^-1 target in the minor
 *   Var f = s2 (k(x,x) - k' (K + noise)^-1 k - 2 h . k + own)
 * with h the weights by which the constant averages the samples, own its variance. */
typedef struct lc__part {
    const lc__pattern *pattern;
    double p, c, cc;  /* sum of p; p c; p (c^2 + s2 own) */
    double s2, noise; /* p s2; p s2 noise */
    struct {
        double p, c, pp; /* p slope; p slope c; p slope^2, where the size is the variant's */
    } lean[LC__VARIANTS];
    double *vector[LC__PART_VECTORS]; /* [n] each */
    double *square;                   /* [n][n] p (alpha alpha' - s2 (K + noise)^-1) */
} lc__part;

typedef struct lc__posterior {
    lc__frame frame; /* with the samples' final weights */
    size_t n_parts[LC__LINKS];
    lc__part *part[LC__LINKS]; /* those whose probability counts */
    double *store;
} lc__posterior;

/* Fills *out; release with lc__posterior_clear() (also on failure). */
lc_status lc__posterior_find(const lc__problem *problem, const lc__grid *grid, lc__posterior *out,
                             lc_error *err);
void lc__posterior_clear(lc__posterior *posterior);

/* Only the probability of each pattern of the grid: mass[n_patterns]. */
lc_status lc__posterior_patterns(const lc__problem *problem, const lc__grid *grid, double *mass,
                                 lc_error *err);

/* Where there are many samples, leaves only the patterns in the grid that a few of the samples
 * already find likely: the work grows with the cube of the samples for each pattern. */
lc_status lc__shortlist(const lc__problem *problem, lc__grid *grid, lc_error *err);

#endif
