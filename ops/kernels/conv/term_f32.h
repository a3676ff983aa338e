/* Multiply and add in f32, for any lc__vf: what tile_loop.h asks for. */
#ifndef KERNELS_CONV_TERM_F32_H
#define KERNELS_CONV_TERM_F32_H

#include "kernels/conv/tile.h"
#include "kernels/vec_math.h"

typedef lc__vf lc__sum;
typedef lc__vf lc__weight_v;
typedef lc__vf lc__input_v;

#define LC__SUM_LANES LC__VF_LANES
#define LC__STEP_BYTES sizeof(float)

LC__INLINE lc__vf lc__tile_zero(void) {
    return lc__vf_set(0.0F);
}

LC__INLINE lc__vf lc__tile_weight(const char *w) {
    return lc__vf_load((const float *)(const void *)w);
}

LC__INLINE lc__vf lc__tile_input(const char *x) {
    return lc__vf_set(*(const float *)(const void *)x);
}

LC__INLINE lc__vf lc__tile_term(lc__vf sum, lc__vf x, lc__vf w) {
    return lc__vf_fma(x, w, sum);
}

#include "kernels/conv/finish_f32.h"

#endif
