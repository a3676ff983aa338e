/* Kernels made of sgemm: conv2d, linear, matmul, attention. */
#ifndef BACKENDS_OPENBLAS_KERNELS_H
#define BACKENDS_OPENBLAS_KERNELS_H

#include "kernels/kernel.h"

/* Those kernels, and the portable ones for every other operator and for depthwise convolutions. The
 * library must be open. */
const lc__kernel *lc__openblas_choose(const lc_op *op, lc_shape in);

#endif
