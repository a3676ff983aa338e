/* Ranks and rank correlations. */
#ifndef BASE_RANK_H
#define BASE_RANK_H

#include <stddef.h>

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

#endif
