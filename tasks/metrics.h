/* How good forecasts are: ranking, error and honesty of the interval. */
#ifndef TASKS_METRICS_H
#define TASKS_METRICS_H

#include <stddef.h>

/* Every figure of an evaluation. X(name, key in JSON) */
#define LC__METRIC_MAP(X)                                                                          \
    X(SPEARMAN, "spearman")                                                                        \
    X(KENDALL, "kendall")                                                                          \
    X(WITHIN5, "within5")                                                                          \
    X(WITHIN10, "within10")                                                                        \
    X(MAPE, "mape")                                                                                \
    X(COVERAGE90, "coverage90")                                                                    \
    X(ADAPT_MS, "adapt_ms")                                                                        \
    X(QUERY_US, "query_us")

typedef enum lc__metric {
#define LC__METRIC_ENUM(name, key) LC__METRIC_##name,
    LC__METRIC_MAP(LC__METRIC_ENUM)
#undef LC__METRIC_ENUM
        LC__N_METRICS
} lc__metric;

/* The metric's key in JSON, e.g. "within10". Static string. */
const char *lc__metric_key(lc__metric metric);

/* Ranks of x[n] from 1, ties sharing their average: rank[n]. `order` is scratch, [n]; afterwards it
 * sorts x ascending. */
void lc__ranks(const double *x, size_t n, size_t *order, double *rank);

/* Spearman's rank correlation of x[n] and y[n]: Pearson's correlation of average ranks. 0 where a
 * side is constant (it ranks nothing) or n < 2; NaN when out of memory. */
double lc__spearman(const double *x, const double *y, size_t n);

/* Kendall's tau-b of x[n] and y[n] in O(n log n) (W. R. Knight, A computer method for calculating
 * Kendall's tau with ungrouped data, JASA 61, 1966). 0 where a side is constant or n < 2; NaN when
 * out of memory. */
double lc__kendall(const double *x, const double *y, size_t n);

/* Mean of |forecast - truth| / truth over [n], a fraction; truth must be positive. 0 for n = 0. */
double lc__mape(const double *forecast, const double *truth, size_t n);

/* Share of [n] with |forecast - truth| <= tolerance * truth (tolerance .1 is "within 10 %"). */
double lc__within(const double *forecast, const double *truth, size_t n, double tolerance);

/* Share of truth[n] inside [low, high]. */
double lc__coverage(const double *low, const double *high, const double *truth, size_t n);

#endif
