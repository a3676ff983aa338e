/* The hyperparameters that are averaged over: how much each kernel block weighs, how large the
 * noise is against the signal, and what size alone is taken to explain beforehand. */
#ifndef PREDICTOR_GRID_H
#define PREDICTOR_GRID_H

#include "scale.h"

enum {
    LC__MIXES = 6,
    LC__SHAPES = 6,
    LC__TRUSTS = 3,
    LC__PATTERNS_MAX = LC__MIXES * LC__SHAPES * LC__TRUSTS,
    LC__NOISES = 9,
    LC__OFFSETS_MAX = 10
};

typedef struct lc__pattern {
    double weight[LC__BLOCKS]; /* sums to 1 */
    double log_prior;
} lc__pattern;

/* A prior mean: `slope` times the net's size (its logarithm under the logarithmic link). */
typedef struct lc__offset {
    lc__variant variant; /* whose size */
    double slope;
    double log_prior[LC__LINKS];
} lc__offset;

typedef struct lc__grid {
    size_t n_patterns, n_offsets;
    lc__pattern pattern[LC__PATTERNS_MAX];
    lc__offset offset[LC__OFFSETS_MAX];
} lc__grid;

/* Prior of the links. Latency adds up over operators, its logarithm does not. */
extern const double lc__link_prior[LC__LINKS];

/* Noise variance over signal variance. */
extern const double lc__noise[LC__NOISES];

/* Prior of the signal variance: inverse gamma (SHAPE / 2, RATE / 2). */
#define LC__SCALE_SHAPE 2.0
#define LC__SCALE_RATE 0.02

/* The grid for n samples, with or without source devices; `plain` where the variants of every net
 * are the same, so that mixing them makes no difference. */
void lc__grid_fill(size_t n, bool sources, bool plain, lc__grid *grid);

/* Adds what operators that were measured sum up to as prior means; with `nets` false these are all
 * there are, otherwise the nets may find that there is nothing in them. */
void lc__grid_add_operators(bool nets, lc__grid *grid);

#endif
