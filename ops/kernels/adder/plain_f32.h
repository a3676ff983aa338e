/* The adder in f32 as it is written, -|x - w|, for any lc__vf: what tile_loop.h asks for. As
 * accurate as a sum can be. Sums are of twice the terms, so that the last addition is a fused
 * multiply-add: it goes to other ports than the subtraction. */
#ifndef KERNELS_ADDER_PLAIN_F32_H
#define KERNELS_ADDER_PLAIN_F32_H

#include "kernels/conv/operands_f32.h"

LC__INLINE lc__vf lc__tile_term(lc__vf sum, lc__vf x, lc__vf w) {
    lc__vf difference = (lc__vf)((lc__vi)(x - w) & 0x7fffffff);
    return lc__vf_fma(difference, lc__vf_set(-2.0F), sum);
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum * lc__vf_set(0.5F);
}

#include "kernels/conv/finish.h"

#endif
