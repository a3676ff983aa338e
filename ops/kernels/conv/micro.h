/* The micro-kernels that multiply, by dtype and instruction set. */
#ifndef KERNELS_CONV_MICRO_H
#define KERNELS_CONV_MICRO_H

#include "kernels/conv/tile.h"

extern const lc__micro lc__micro_f32_avx512;
extern const lc__micro lc__micro_f32_avx2;

/* Stores a weight as it is: `weight` of an f32 micro-kernel. */
void lc__micro_weight_f32(float w, void *to);

#endif
