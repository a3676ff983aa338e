/* Order statistics and ranks. */
#ifndef BASE_STATS_H
#define BASE_STATS_H

#include <stddef.h>

/* Sorts x[n] ascending. */
void lc__sort(double *x, size_t n);

/* Quantile q in [0,1] of sorted x[n], n >= 1, linear between order statistics (Hyndman and Fan's
 * type 7). */
double lc__quantile(const double *sorted, size_t n, double q);

/* 95 % confidence interval of quantile q of sorted x[n] by order statistics (binomial, normal
 * approximation with continuity for n > 50, exact below); needs no shape of the distribution. Ends
 * at the extreme samples where n is too small for the level. */
void lc__quantile_ci(const double *sorted, size_t n, double q, double *low, double *high);

double lc__mean(const double *x, size_t n);
double lc__stddev(const double *x, size_t n); /* n - 1; 0 for n < 2 */
double lc__median(const double *x, size_t n); /* copies; NaN when out of memory or n is 0 */

#endif
