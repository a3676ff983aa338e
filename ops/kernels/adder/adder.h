/* What the adder convolutions of instruction sets share. */
#ifndef KERNELS_ADDER_ADDER_H
#define KERNELS_ADDER_ADDER_H

#include "kernels/conv/tile.h"

/* A result of less than this times the sum of |w| is taken from the plain form; others lose two of
 * the 24 bits at most. */
#define LC__ADDER_CLOSE 0.5F

/* Sums of fewer terms than this are small by chance too often: they take the plain form. */
#define LC__ADDER_DEPTH 32

extern const lc__micro lc__micro_f32_adder_avx512, lc__micro_f32_adder_plain_avx512;
extern const lc__micro lc__micro_f32_adder_avx2, lc__micro_f32_adder_plain_avx2;
extern const lc__micro lc__micro_f32_adder_neon;
extern const lc__micro lc__micro_int8_adder_avx512_vnni, lc__micro_int8_adder_avx2;
extern const lc__micro lc__micro_int8_adder_neon, lc__micro_int8_adder_dotprod;

/* `weight` of an int8 micro-kernel, with bits in place of a step: stores a weight of `bits` bits on
 * the grid of int8 activations. */
void lc__micro_weight_adder(float w, float bits, void *to);

/* The same with its sign bit flipped, for micro-kernels that want inputs so: their `fill` is
 * 0x80. */
void lc__micro_weight_adder_flipped(float w, float bits, void *to);

#endif
