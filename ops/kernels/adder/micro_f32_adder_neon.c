#include "kernels/arm/neon.h"

#include "kernels/adder/adder.h"
#include "kernels/conv/micro.h"
#include "kernels/conv/operands_f32.h"

/* -|x - w| by FABD: two instructions for four terms, as many as by minima, and no digits lost. */
typedef lc__sum lc__part;

#define LC__STEP_WEIGHTS 64
#define LC__TILE_MOST SIZE_MAX

LC__INLINE lc__vf lc__tile_weights(const char *w, int v) {
    return lc__tile_weight(w + 16 * v);
}

LC__INLINE lc__vf lc__tile_term(lc__vf sum, lc__vf x, lc__vf w) {
    return vsubq_f32(sum, LC__VF_DISTANCE(x, w));
}

LC__INLINE lc__vf lc__tile_sum(const lc__vf *parts, int i) {
    return parts[i];
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum;
}

#include "kernels/conv/finish.h"
#include "kernels/conv/tile_neon_dup.h"

const lc__micro lc__micro_f32_adder_neon = {
    .tile = lc__tile_any,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_SUMS * LC__VF_LANES,
    .step = 1,
    .x_size = sizeof(float),
    .w_size = sizeof(float),
    .y_size = sizeof(float),
    .weight = lc__micro_weight_f32,
};
