#include "kernels/arm/neon.h"

#include "kernels/conv/finish_int8.h"
#include "kernels/conv/micro.h"

/* SDOT: four products of signed bytes to each sum. Registers as in micro_f32_neon.c. */
#define LC__STEP_BYTES 4
#define LC__TILE_TERM(sum, x, w, lane)                                                             \
    LC__NEON_DOT_LANE(sum, vreinterpretq_s8_u32(w), vreinterpretq_s8_u32(x), lane)
#include "kernels/conv/tile_neon_lane.h"

const lc__micro lc__micro_int8_dotprod = {
    .tile = lc__tile_any,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_SUMS * LC__VF_LANES,
    .step = LC__STEP_BYTES,
    .x_size = sizeof(int8_t),
    .w_size = sizeof(int8_t),
    .y_size = sizeof(int8_t),
    .weight = lc__micro_weight_int8,
};
