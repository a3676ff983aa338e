#include "base/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void lc__sort(double *x, size_t n) {
    qsort(x, n, sizeof *x, compare);
}

double lc__quantile(const double *sorted, size_t n, double q) {
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;
    if (i + 1 >= n)
        return sorted[n - 1];
    double part = at - (double)i;
    return sorted[i] + part * (sorted[i + 1] - sorted[i]);
}

/* Smallest k with P(Binomial(n, q) <= k) >= p. */
static size_t binomial_quantile(size_t n, double q, double p) {
    if (n > 50 && q * (double)n > 20) {
        double z = p < 0.5 ? -1.959964 : 1.959964;
        double k = floor((double)n * q + z * sqrt((double)n * q * (1 - q)) + 0.5);
        return k < 0 ? 0 : k > (double)n ? n : (size_t)k;
    }
    double mass = pow(1 - q, (double)n), sum = mass;
    size_t k = 0;
    while (sum < p && k < n) {
        mass *= (double)(n - k) / (double)(k + 1) * q / (1 - q);
        sum += mass;
        k++;
    }
    return k;
}

void lc__quantile_ci(const double *sorted, size_t n, double q, double *low, double *high) {
    /* The number of samples below the quantile is binomial: order statistics number
     * binomial_quantile(.025) and binomial_quantile(.975) + 1 (counting from 1) enclose it. */
    size_t lo = binomial_quantile(n, q, 0.025), hi = binomial_quantile(n, q, 0.975) + 1;
    *low = sorted[lo == 0 ? 0 : lo - 1];
    *high = sorted[hi > n ? n - 1 : hi - 1];
}

double lc__mean(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

double lc__stddev(const double *x, size_t n) {
    if (n < 2)
        return 0;
    double mean = lc__mean(x, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

double lc__median(const double *x, size_t n) {
    double *copy = n ? malloc(n * sizeof *copy) : NULL;
    if (!copy)
        return NAN;
    memcpy(copy, x, n * sizeof *copy);
    lc__sort(copy, n);
    double m = lc__quantile(copy, n, 0.5);
    free(copy);
    return m;
}
