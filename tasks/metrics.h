/* How good forecasts are: error and honesty of the interval; for ranking see base/rank.h. */
#ifndef TASKS_METRICS_H
#define TASKS_METRICS_H

#include <stddef.h>

/* Every figure of an evaluation. "trimmed" leaves the fastest and the slowest tenth of the target's
 * nets out, as HELP (arXiv:2106.08630) does; "first128" looks at the first 128 nets of the table
 * alone, as NASFLAT (arXiv:2403.02446) does. X(name, key in JSON) */
#define LC__METRIC_MAP(X)                                                                          \
    X(SPEARMAN, "spearman")                                                                        \
    X(SPEARMAN_TRIMMED, "spearman_trimmed")                                                        \
    X(SPEARMAN_FIRST128, "spearman_first128")                                                      \
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

/* Mean of |forecast - truth| / truth over [n], a fraction; truth must be positive. 0 for n = 0. */
double lc__mape(const double *forecast, const double *truth, size_t n);

/* Share of [n] with |forecast - truth| <= tolerance * truth (tolerance .1 is "within 10 %"). */
double lc__within(const double *forecast, const double *truth, size_t n, double tolerance);

/* Share of truth[n] inside [low, high]. */
double lc__coverage(const double *low, const double *high, const double *truth, size_t n);

#endif
