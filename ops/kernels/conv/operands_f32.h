/* Sums, weights, inputs and outputs in f32, for any lc__vf: what terms of f32 share of that which
 * tile_loop.h and finish.h ask for. */
#ifndef KERNELS_CONV_OPERANDS_F32_H
#define KERNELS_CONV_OPERANDS_F32_H

#include "kernels/conv/tile.h"
#include "kernels/value_f32.h"

typedef lc__vf lc__sum;
typedef lc__vf lc__weight_v;
typedef lc__vf lc__input_v;

#define LC__SUM_LANES LC__VF_LANES
#define LC__STEP_BYTES sizeof(float)

LC__INLINE lc__vf lc__tile_start(const lc__tile *t, size_t first) {
    (void)t;
    (void)first;
    return lc__vf_set(0.0F);
}

LC__INLINE lc__vf lc__tile_weight(const char *w) {
    return lc__vf_load((const float *)(const void *)w);
}

LC__INLINE lc__vf lc__tile_input(const char *x) {
    return lc__vf_set(*(const float *)(const void *)x);
}

#endif
