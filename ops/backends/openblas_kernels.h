/* Kernels made of sgemm: conv2d, linear, matmul, attention. */
#ifndef BACKENDS_OPENBLAS_KERNELS_H
#define BACKENDS_OPENBLAS_KERNELS_H

#include "kernels/kernel.h"

/* Those kernels, and native's for every other operator and for depthwise convolutions; NULL for
 * another dtype than f32. The library must be open. */
const lc__kernel *lc__openblas_choose(const lc__call *call, lc__isa allowed);

#endif
