/* What the shift convolutions of instruction sets share. */
#ifndef KERNELS_SHIFT_SHIFT_H
#define KERNELS_SHIFT_SHIFT_H

#include "kernels/conv/tile.h"

extern const lc__micro lc__micro_f32_shift_avx512, lc__micro_f32_shift_avx2;
extern const lc__micro lc__micro_f32_shift_neon;
extern const lc__micro lc__micro_int8_shift_avx512_vnni, lc__micro_int8_shift_avx512;
extern const lc__micro lc__micro_int8_shift_avx2, lc__micro_int8_shift_neon;
extern const lc__micro lc__micro_int16_shift_avx512, lc__micro_int16_shift_avx2;
extern const lc__micro lc__micro_int16_shift_neon;

/* Stores +-2^p as what is to be added to the bits of an f32: p + 7 in place of the exponent, and
 * the sign. `weight` of an f32 micro-kernel. */
void lc__micro_weight_exponent(float w, float step, void *to);

/* Stores +-2^p as the count p + 7 and, beside it, the sign: +-1, or a mask of zeros or ones, of the
 * width that the name says. `weight` of integer micro-kernels; operator_int.c parts counts from
 * signs. */
void lc__micro_weight_shift16(float w, float step, void *to);
void lc__micro_weight_mask16(float w, float step, void *to);
void lc__micro_weight_shift32(float w, float step, void *to);

#endif
