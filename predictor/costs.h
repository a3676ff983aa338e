/* Latencies as non-negative sums of a few costs that have a name. */
#ifndef PREDICTOR_COSTS_H
#define PREDICTOR_COSTS_H

#include "predictor/point.h"

enum { LC__COSTS_MAX = LC__FAMILIES + 3 };

/* Over n nets: each family's roofline time, as far as the nets differ in it, the number of
 * operators, the longest path, and a constant. */
typedef struct lc__costs {
    size_t n, n_costs;
    const char *name[LC__COSTS_MAX]; /* static strings */
    double *value;                   /* [n_costs][n], mean 1 */
    double prior[LC__COSTS_MAX];     /* share of the mean time if all families run at one rate */
} lc__costs;

/* Fills *out from points[n]; release with lc__costs_clear() (also on failure). */
lc_status lc__costs_take(const lc__point *points, size_t n, lc__costs *out, lc_error *err);
void lc__costs_clear(lc__costs *costs);

/* share[n_costs] >= 0, summing to 1, so that latency[n] (> 0) is nearest to a multiple of
 * sum_k share_k value_k, with a slight pull of the shares to the prior: families that the nets do
 * not tell apart are taken to run at one rate. */
void lc__costs_split(const lc__costs *costs, const double *latency, double *share);

#endif
