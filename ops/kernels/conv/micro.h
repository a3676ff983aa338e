/* The micro-kernels that multiply, by dtype and instruction set. */
#ifndef KERNELS_CONV_MICRO_H
#define KERNELS_CONV_MICRO_H

#include "kernels/conv/tile.h"

extern const lc__micro lc__micro_f32_avx2;
extern const lc__micro lc__micro_f32_avx512;
extern const lc__micro lc__micro_int8_avx2;
extern const lc__micro lc__micro_int8_avx512_vnni;
extern const lc__micro lc__micro_bf16_avx512_bf16;
extern const lc__micro lc__micro_f32_neon;
extern const lc__micro lc__micro_int8_neon;
extern const lc__micro lc__micro_int8_dotprod;

/* `weight` of a micro-kernel that takes them as they are, as quantised, as the two halves of the
 * former. */
void lc__micro_weight_f32(float w, float step, void *to);
void lc__micro_weight_int8(float w, float step, void *to);
void lc__micro_weight_int16(float w, float step, void *to);
void lc__micro_weight_bf16(float w, float step, void *to);

#endif
