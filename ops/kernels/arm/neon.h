/* Four lanes of NEON, for armv7 and aarch64: lc__vf and lc__vi as x86/avx512.h has them, and what
 * ARM's own inner loops need. The few places where the two architectures differ are here. Include
 * it only in files compiled for NEON. */
#ifndef KERNELS_ARM_NEON_H
#define KERNELS_ARM_NEON_H

#include <arm_neon.h>

#include "kernels/vec.h"

#define LC__VF_LANES 4

typedef float32x4_t lc__vf;
typedef int32x4_t lc__vi;

LC__INLINE lc__vf lc__vf_set(float x) {
    return vdupq_n_f32(x);
}

LC__INLINE lc__vf lc__vf_load(const float *p) {
    return vld1q_f32(p);
}

LC__INLINE void lc__vf_store(float *p, lc__vf v) {
    vst1q_f32(p, v);
}

/* The first n <= 4 lanes of memory; the others are 0. */
LC__INLINE lc__vf lc__vf_load_n(const float *p, size_t n) {
    float lanes[LC__VF_LANES] = {0};
    if (n == LC__VF_LANES) {
        return vld1q_f32(p);
    }
    memcpy(lanes, p, n * sizeof *p);
    return vld1q_f32(lanes);
}

LC__INLINE void lc__vf_store_n(float *p, lc__vf v, size_t n) {
    if (n == LC__VF_LANES) {
        vst1q_f32(p, v);
        return;
    }
    memcpy(p, &v, n * sizeof *p);
}

/* a * b + c; not fused on armv7, where that came with VFPv4 and not to every core. */
LC__INLINE lc__vf lc__vf_fma(lc__vf a, lc__vf b, lc__vf c) {
#if defined(__aarch64__)
    return vfmaq_f32(c, a, b);
#else
    return vmlaq_f32(c, a, b);
#endif
}

LC__INLINE lc__vf lc__vf_max(lc__vf a, lc__vf b) {
    return vmaxq_f32(a, b);
}

LC__INLINE lc__vf lc__vf_min(lc__vf a, lc__vf b) {
    return vminq_f32(a, b);
}

/* |a - b| */
#define LC__VF_DISTANCE(a, b) vabdq_f32(a, b)

LC__INLINE float lc__vf_sum(lc__vf v) {
    float32x2_t half = vadd_f32(vget_low_f32(v), vget_high_f32(v));
    return vget_lane_f32(vpadd_f32(half, half), 0);
}

LC__INLINE float lc__vf_most(lc__vf v) {
    float32x2_t half = vmax_f32(vget_low_f32(v), vget_high_f32(v));
    return vget_lane_f32(vpmax_f32(half, half), 0);
}

LC__INLINE lc__vi lc__vi_set(int32_t x) {
    return vdupq_n_s32(x);
}

LC__INLINE lc__vi lc__vi_load_n(const int32_t *p, size_t n) {
    int32_t lanes[LC__VF_LANES] = {0};
    if (n == LC__VF_LANES) {
        return vld1q_s32(p);
    }
    memcpy(lanes, p, n * sizeof *p);
    return vld1q_s32(lanes);
}

/* Stores the low 8 or 16 bits of n lanes. */
LC__INLINE void lc__vi_store16_n(void *p, lc__vi v, size_t n) {
    int16x4_t narrow = vmovn_s32(v);
    memcpy(p, &narrow, n * sizeof(int16_t));
}

LC__INLINE void lc__vi_store8_n(void *p, lc__vi v, size_t n) {
    int16x4_t narrow = vmovn_s32(v);
    int8x8_t bytes = vmovn_s16(vcombine_s16(narrow, narrow));
    memcpy(p, &bytes, n);
}

/* n signed halfwords or bytes, or the upper halves of n f32, as f32. */
LC__INLINE lc__vf lc__vf_load16_n(const void *p, size_t n) {
    int16x4_t halves = vdup_n_s16(0);
    memcpy(&halves, p, n * sizeof(int16_t));
    return vcvtq_f32_s32(vmovl_s16(halves));
}

LC__INLINE lc__vf lc__vf_load_bf16_n(const void *p, size_t n) {
    uint16x4_t halves = vdup_n_u16(0);
    memcpy(&halves, p, n * sizeof(uint16_t));
    return vreinterpretq_f32_u32(vshll_n_u16(halves, 16));
}

LC__INLINE lc__vf lc__vf_load8_n(const void *p, size_t n) {
    int32x2_t four = vdup_n_s32(0);
    memcpy(&four, p, n);
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(four)))));
}

/* Vector registers that a tile may fill with sums: half of what there is. */
#if defined(__aarch64__)
#define LC__NEON_SUMS 16
#else
#define LC__NEON_SUMS 8
#endif

/* LC__NEON_FMA_LANE: sum + w * x[lane] of f32. LC__NEON_DUP: x[lane] of 32 bits in every lane.
 * LC__NEON_DOT_LANE: sum[i] + the dot product of four bytes, w[i] and x[lane].
 * Lanes are constants. */
#if defined(__aarch64__)
#define LC__NEON_FMA_LANE(sum, w, x, lane) vfmaq_laneq_f32(sum, w, x, lane)
#define LC__NEON_DUP(x, lane) vdupq_laneq_u32(x, lane)
#define LC__NEON_DOT_LANE(sum, w, x, lane) vdotq_laneq_s32(sum, w, x, lane)
#else
#define LC__NEON_FMA_LANE(sum, w, x, lane)                                                         \
    vmlaq_lane_f32(sum, w, (lane) < 2 ? vget_low_f32(x) : vget_high_f32(x), (lane) % 2)
#define LC__NEON_DUP(x, lane)                                                                      \
    vdupq_lane_u32((lane) < 2 ? vget_low_u32(x) : vget_high_u32(x), (lane) % 2)
#define LC__NEON_DOT_LANE(sum, w, x, lane)                                                         \
    vdotq_lane_s32(sum, w, (lane) < 2 ? vget_low_s8(x) : vget_high_s8(x), (lane) % 2)
#endif

/* Four int8 of input, copied all over a vector, and its products with halves of a vector of
 * weights. They come from `lanes`, or, on armv7, where a load that copies spares two registers,
 * from `x`, the address of lane 0. */
#if defined(__aarch64__)
typedef int8x16_t lc__neon_four;
#define LC__NEON_FOUR(lanes, x, lane) vreinterpretq_s8_u32(vdupq_laneq_u32(lanes, lane))
#define LC__NEON_MUL_LOW(w, four) vmull_s8(vget_low_s8(w), vget_low_s8(four))
#define LC__NEON_MUL_HIGH(w, four) vmull_high_s8(w, four)
#define LC__NEON_ADD_LOW(sum, w, four) vmlal_s8(sum, vget_low_s8(w), vget_low_s8(four))
#define LC__NEON_ADD_HIGH(sum, w, four) vmlal_high_s8(sum, w, four)
#else
typedef int8x8_t lc__neon_four;
#define LC__NEON_FOUR(lanes, x, lane)                                                              \
    ((void)(lanes), vreinterpret_s8_u32(vld1_dup_u32((const uint32_t *)(const void *)(x) + (lane))))
#define LC__NEON_MUL_LOW(w, four) vmull_s8(vget_low_s8(w), four)
#define LC__NEON_MUL_HIGH(w, four) vmull_s8(vget_high_s8(w), four)
#define LC__NEON_ADD_LOW(sum, w, four) vmlal_s8(sum, vget_low_s8(w), four)
#define LC__NEON_ADD_HIGH(sum, w, four) vmlal_s8(sum, vget_high_s8(w), four)
#endif

/* {a0 + a1, a2 + a3, b0 + b1, b2 + b3} */
LC__INLINE int32x4_t lc__neon_pair_sums(int32x4_t a, int32x4_t b) {
#if defined(__aarch64__)
    return vpaddq_s32(a, b);
#else
    return vcombine_s32(vpadd_s32(vget_low_s32(a), vget_high_s32(a)),
                        vpadd_s32(vget_low_s32(b), vget_high_s32(b)));
#endif
}

/* Keeps a vector whole: gcc would load the lanes that are used one by one. */
LC__INLINE uint32x4_t lc__neon_whole(uint32x4_t v) {
    __asm__("" : "+w"(v));
    return v;
}

/* Loads from any address: of four values, of eight bytes, and of four or two bytes to every
 * lane. */
LC__INLINE uint32x4_t lc__neon_load(const void *p) {
    return vreinterpretq_u32_u8(vld1q_u8(p));
}

LC__INLINE int8x8_t lc__neon_load_half(const void *p) {
    return vld1_s8(p);
}

LC__INLINE uint32x4_t lc__neon_load_dup(const void *p) {
    uint32_t bits;
    memcpy(&bits, p, sizeof bits);
    return vdupq_n_u32(bits);
}

LC__INLINE int16x8_t lc__neon_load_dup16(const void *p) {
    int16_t bits;
    memcpy(&bits, p, sizeof bits);
    return vdupq_n_s16(bits);
}

#endif
