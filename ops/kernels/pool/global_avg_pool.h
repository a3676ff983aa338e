/* Means over an image. */
#ifndef KERNELS_GLOBAL_AVG_POOL_H
#define KERNELS_GLOBAL_AVG_POOL_H

#include "kernels/kernel.h"

/* mean[n][c] over the pixels of x with shape `in`. */
void lc__global_mean(const float *x, lc_shape in, float *mean, lc__team *team);

#endif
