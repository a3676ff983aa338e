/* Sums over the rows of a matrix. */
#ifndef TRAIN_COLUMNS_H
#define TRAIN_COLUMNS_H

#include <stddef.h>

/* sums[c] = sum over r of x[r * columns + c]. The same with any number of threads. */
void lc__column_sums(const float *x, size_t rows, size_t columns, float *sums);

/* sums[c] = sum over r of a[r][c] b[r][c], likewise. */
void lc__column_products(const float *a, const float *b, size_t rows, size_t columns, float *sums);

#endif
