/* Softmax of rows. */
#ifndef KERNELS_SOFTMAX_H
#define KERNELS_SOFTMAX_H

#include "kernels/team.h"

/* y[r] = softmax(scale * x[r]) for rows of `width` floats; y may be x. scale > 0. */
void lc__softmax_rows(const float *x, float *y, size_t rows, size_t width, float scale,
                      lc__team *team);

#endif
