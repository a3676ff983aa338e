/* A weight +-2^p as an addition to the exponent: see shift/term_f32.h, for any lc__vf: a term of
 * depthwise convolutions for patch.h. */
#ifndef KERNELS_DEPTHWISE_TERM_SHIFT_H
#define KERNELS_DEPTHWISE_TERM_SHIFT_H

#include "kernels/vec_math.h"

#define LC__TERM_COUNTS_PADDING 0 /* 1 where the term of a zero input is not zero */

LC__INLINE lc__vf lc__patch_term(lc__vf sum, lc__vf x, lc__vf w) {
    return sum + (lc__vf)((lc__vu)x + (lc__vu)w);
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum * lc__vf_set(0x1p-7F);
}

#endif
