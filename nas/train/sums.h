/* Sums over long arrays, by all threads, always in one order: the same whatever their number. */
#ifndef TRAIN_SUMS_H
#define TRAIN_SUMS_H

#include <stddef.h>

/* The sum of a[i] b[i]. */
double lc__sum_products(const float *a, const float *b, size_t n);

#endif
