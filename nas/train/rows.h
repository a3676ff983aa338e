/* Softmax of a row, and its derivative; by the calling thread alone. */
#ifndef TRAIN_ROWS_H
#define TRAIN_ROWS_H

#include <stddef.h>

/* y[n] = softmax of x[n]; y may be x. */
void lc__softmax(const float *x, float *y, size_t n);

/* dx = y (dy - sum dy y), y the softmax; dx may be dy. */
void lc__softmax_derive(const float *y, const float *dy, float *dx, size_t n);

#endif
