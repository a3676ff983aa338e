/* What single operators tell of nets: latency(net) = sum of f(operator) + overhead, f linear in the
 * coarse features, so that a net's sum is f of the net's own features.
 *
 * A sample of an operator (or of a small net that stands for a part of one) has a constant of its
 * own, for what it takes to run anything alone, and noise in proportion to its size. Neither pool
 * nor nets are asked: it is the forecast of nets that weighs what their operators say. */
#ifndef PREDICTOR_OPERATORS_H
#define PREDICTOR_OPERATORS_H

#include "predictor/point.h"

/* The variant of a net's graph whose operators are summed. */
#define LC__OPERATORS_VARIANT LC__VARIANT_NEEDED

typedef struct lc__operators {
    double slope[LC__COL_FINE]; /* of the variant's columns */
} lc__operators;

/* Learns from values[n] of points[rows[n]], n >= 1; the sums are in their unit. Bayesian linear
 * regression, its features scaled by the samples themselves, noise and weight of the blocks of
 * features averaged over by their evidence. */
lc_status lc__operators_fit(const lc__point *points, const size_t *rows, const double *values,
                            size_t n, lc__operators *out, lc_error *err);

/* The sum over a net's operators, given its columns of the variant [LC__COL_FINE]. */
double lc__operators_sum(const lc__operators *operators, const double *column);

#endif
