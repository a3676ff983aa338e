/* The adder in int8 for NEON, four inputs to a step. Without the dot product, pairs of |x - w| are
 * added to 16 bits, which hold 128 steps of 2 * 254 and then go to 32; with it, a dot product with
 * ones adds four to 32 bits at once. SABAL, which takes a difference and adds it in one
 * instruction, covers 8 where either pair covers 16, and on most cores only one of two pipes runs
 * it. */
#ifndef KERNELS_ADDER_TILE_INT8_NEON_H
#define KERNELS_ADDER_TILE_INT8_NEON_H

#include "kernels/arm/neon.h"

#include "kernels/adder/adder.h"
#include "kernels/conv/finish_int8.h"

typedef int8x16_t lc__input_v;
typedef int8x16_t lc__weight_v;

#define LC__STEP_BYTES 4
#define LC__STEP_WEIGHTS 64

LC__INLINE int8x16_t lc__tile_weights(const char *w, int v) {
    return vreinterpretq_s8_u32(lc__neon_load(w + 16 * v));
}

#if defined(__ARM_FEATURE_DOTPROD)
#define LC__TILE_MOST SIZE_MAX
typedef uint32x4_t lc__part;

LC__INLINE lc__part lc__tile_term(lc__part part, int8x16_t x, int8x16_t w) {
    return vdotq_u32(part, vreinterpretq_u8_s8(vabdq_s8(x, w)), vdupq_n_u8(1));
}

LC__INLINE lc__vi lc__tile_sum(const lc__part *parts, int i) {
    return vnegq_s32(vreinterpretq_s32_u32(parts[i]));
}
#else
#define LC__TILE_MOST (128 * LC__STEP_BYTES)
typedef uint16x8_t lc__part;

LC__INLINE lc__part lc__tile_term(lc__part part, int8x16_t x, int8x16_t w) {
    return vpadalq_u8(part, vreinterpretq_u8_s8(vabdq_s8(x, w)));
}

LC__INLINE lc__vi lc__tile_sum(const lc__part *parts, int i) {
    return vnegq_s32(vreinterpretq_s32_u32(vpaddlq_u16(parts[i])));
}
#endif

#include "kernels/conv/tile_neon_dup.h"

/* The micro-kernel NAME, adder_int8 by this file. */
#define LC__ADDER_INT8_MICRO(NAME)                                                                 \
    const lc__micro NAME = {                                                                       \
        .tile = lc__tile_any,                                                                      \
        .rows = LC__TILE_ROWS,                                                                     \
        .outputs = (size_t)LC__TILE_SUMS * LC__VF_LANES,                                           \
        .step = LC__STEP_BYTES,                                                                    \
        .zeros = true,                                                                             \
        .x_size = sizeof(int8_t),                                                                  \
        .w_size = sizeof(int8_t),                                                                  \
        .y_size = sizeof(int8_t),                                                                  \
        .weight = lc__micro_weight_adder,                                                          \
    }

#endif
