#include "kernels/arm/neon.h"

#include "kernels/conv/finish_int8.h"
#include "kernels/conv/micro.h"

/* Without the dot product: products of two steps, at most 2 * 127 * 127, are added in 16 bits, then
 * pairs of these to 32. A block is 8 outputs wide, each of which has two parts. */
#define LC__TILE_VECS 4
#define LC__TILE_SUMS 2
#if LC__NEON_SUMS == 16
#define LC__TILE_ROWS 4
#else
#define LC__TILE_ROWS 2
#endif
#define LC__TILE_MOST SIZE_MAX
#define LC__STEP_BYTES 4
#define LC__STEP_WEIGHTS 32
#define LC__GROUP_BYTES 16
#define LC__GROUP_WEIGHTS 128

typedef lc__sum lc__part;

LC__INLINE int8x16_t lc__tile_bytes(uint32x4_t v) {
    return vreinterpretq_s8_u32(v);
}

/* Two steps of one pixel, x0 and x1. */
LC__INLINE void lc__tile_two_steps(lc__part parts[LC__TILE_VECS], lc__neon_four x0,
                                   lc__neon_four x1, const int8x16_t w[4]) {
    for (int v = 0; v < 2; v++) {
        int16x8_t low = LC__NEON_ADD_LOW(LC__NEON_MUL_LOW(w[v], x0), w[v + 2], x1);
        int16x8_t high = LC__NEON_ADD_HIGH(LC__NEON_MUL_HIGH(w[v], x0), w[v + 2], x1);
        parts[2 * v] = vpadalq_s16(parts[2 * v], low);
        parts[2 * v + 1] = vpadalq_s16(parts[2 * v + 1], high);
    }
}

#define LC__TILE_LANES(lane)                                                                       \
    for (int v = 0; v < 4; v++) {                                                                  \
        weights[v] = lc__tile_bytes(lc__neon_load(w + (lane)*LC__STEP_WEIGHTS + 16 * v));          \
    }                                                                                              \
    for (int r = 0; r < rows; r++) {                                                               \
        lc__tile_two_steps(parts[r], LC__NEON_FOUR(lanes[r], x[r] + k, lane),                      \
                           LC__NEON_FOUR(lanes[r], x[r] + k, (lane) + 1), weights);                \
    }

LC__INLINE void lc__tile_group(lc__part parts[LC__TILE_ROWS][LC__TILE_VECS],
                               const char *const x[LC__TILE_ROWS], size_t k, const char *w,
                               int rows) {
    uint32x4_t lanes[LC__TILE_ROWS];
    int8x16_t weights[4];
    for (int r = 0; r < rows; r++) {
        lanes[r] = lc__neon_whole(lc__neon_load(x[r] + k));
    }
    LC__TILE_LANES(0)
    LC__TILE_LANES(2)
}

LC__INLINE void lc__tile_step(lc__part parts[LC__TILE_ROWS][LC__TILE_VECS],
                              const char *const x[LC__TILE_ROWS], size_t k, const char *w,
                              int rows) {
    for (int r = 0; r < rows; r++) {
        int8x8_t lane = vget_low_s8(lc__tile_bytes(lc__neon_load_dup(x[r] + k)));
        for (int v = 0; v < LC__TILE_VECS; v++) {
            int16x8_t products = vmull_s8(lc__neon_load_half(w + 8 * v), lane);
            parts[r][v] = vpadalq_s16(parts[r][v], products);
        }
    }
}

LC__INLINE lc__sum lc__tile_sum(const lc__part *parts, int i) {
    return lc__neon_pair_sums(parts[2 * i], parts[2 * i + 1]);
}

#include "kernels/conv/tile_neon.h"

const lc__micro lc__micro_int8_neon = {
    .tile = lc__tile_any,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_SUMS * LC__VF_LANES,
    .step = LC__STEP_BYTES,
    .x_size = sizeof(int8_t),
    .w_size = sizeof(int8_t),
    .y_size = sizeof(int8_t),
    .weight = lc__micro_weight_int8,
};
