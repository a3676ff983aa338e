#include "kernels/arm/neon.h"

#include "kernels/shift/shift.h"
#include "kernels/shift/term_f32.h"

typedef lc__sum lc__part;

#define LC__STEP_WEIGHTS 64
#define LC__TILE_MOST SIZE_MAX

LC__INLINE lc__vf lc__tile_weights(const char *w, int v) {
    return lc__tile_weight(w + 16 * v);
}

LC__INLINE lc__vf lc__tile_sum(const lc__vf *parts, int i) {
    return parts[i];
}

#include "kernels/conv/tile_neon_dup.h"

const lc__micro lc__micro_f32_shift_neon = {
    .tile = lc__tile_any,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_SUMS * LC__VF_LANES,
    .step = 1,
    .x_size = sizeof(float),
    .w_size = sizeof(float),
    .y_size = sizeof(float),
    .weight = lc__micro_weight_exponent,
};
