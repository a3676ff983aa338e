#include "tasks/metrics.h"

#include <math.h>

const char *lc__metric_key(lc__metric metric) {
    static const char *const keys[] = {
#define METRIC_KEY(name, key) key,
        LC__METRIC_MAP(METRIC_KEY)
#undef METRIC_KEY
    };
    return metric < LC__N_METRICS ? keys[metric] : "?";
}

double lc__mape(const double *forecast, const double *truth, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += fabs(forecast[i] - truth[i]) / truth[i];
    return n ? sum / (double)n : 0;
}

double lc__within(const double *forecast, const double *truth, size_t n, double tolerance) {
    size_t hits = 0;
    for (size_t i = 0; i < n; i++)
        hits += fabs(forecast[i] - truth[i]) <= tolerance * truth[i];
    return n ? (double)hits / (double)n : 0;
}

double lc__coverage(const double *low, const double *high, const double *truth, size_t n) {
    size_t hits = 0;
    for (size_t i = 0; i < n; i++)
        hits += low[i] <= truth[i] && truth[i] <= high[i];
    return n ? (double)hits / (double)n : 0;
}
