/* Multiply and add in f32, for any lc__vf: what tile_loop.h asks for. */
#ifndef KERNELS_CONV_TERM_F32_H
#define KERNELS_CONV_TERM_F32_H

#include "kernels/conv/operands_f32.h"

LC__INLINE lc__vf lc__tile_term(lc__vf sum, lc__vf x, lc__vf w) {
    return lc__vf_fma(x, w, sum);
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum;
}

#include "kernels/conv/finish.h"

#define LC__TILE_CLAMPS

#endif
