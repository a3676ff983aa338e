/* Means over an image. */
#ifndef KERNELS_GLOBAL_AVG_POOL_H
#define KERNELS_GLOBAL_AVG_POOL_H

#include "kernels/kernel.h"
#include "kernels/quant.h"

/* mean[n][c] over the pixels of x, of `dtype` and shape `in`, in `format`. */
void lc__global_mean(const void *x, lc_dtype dtype, lc_shape in, lc__format format, void *mean,
                     lc__team *team);

#endif
