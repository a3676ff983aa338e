/* Multiply and add, for any lc__vf: a term of depthwise convolutions for patch.h. */
#ifndef KERNELS_DEPTHWISE_TERM_MULTIPLY_H
#define KERNELS_DEPTHWISE_TERM_MULTIPLY_H

#define LC__TERM_COUNTS_PADDING 0 /* 1 where the term of a zero input is not zero */

LC__INLINE lc__vf lc__patch_term(lc__vf sum, lc__vf x, lc__vf w) {
    return lc__vf_fma(x, w, sum);
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum;
}

#endif
