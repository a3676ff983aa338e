#include "kernels/arm/neon.h"

#include "kernels/conv/micro.h"
#include "kernels/conv/term_f32.h"

/* On aarch64 16 sums, 8 vectors of input and 1 of weights; on armv7 8, 4 and 1. */
#define LC__TILE_TERM(sum, x, w, lane)                                                             \
    LC__NEON_FMA_LANE(sum, vreinterpretq_f32_u32(w), vreinterpretq_f32_u32(x), lane)
#include "kernels/conv/tile_neon_lane.h"

const lc__micro lc__micro_f32_neon = {
    .tile = lc__tile_any,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_SUMS * LC__VF_LANES,
    .step = 1,
    .x_size = sizeof(float),
    .w_size = sizeof(float),
    .y_size = sizeof(float),
    .weight = lc__micro_weight_f32,
};
