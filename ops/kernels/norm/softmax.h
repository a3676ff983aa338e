/* Softmax of rows. */
#ifndef KERNELS_SOFTMAX_H
#define KERNELS_SOFTMAX_H

#include "kernels/team.h"

/* y[r] = softmax(scale * x[r]) for rows of `width` floats; y may be x. scale > 0. */
void lc__softmax_rows(const float *x, float *y, size_t rows, size_t width, float scale,
                      lc__team *team);

/* y[n] = softmax(scale * x[n]), a row of any instruction set's; y may be x. scale > 0. */
typedef void lc__softmax_fn(const float *x, float *y, size_t n, float scale);

lc__softmax_fn lc__softmax_row_avx2, lc__softmax_row_avx512, lc__softmax_row_neon;

#endif
