/* -|x - w|, for any lc__vf: a term of depthwise convolutions for patch.h. */
#ifndef KERNELS_DEPTHWISE_TERM_ADDER_H
#define KERNELS_DEPTHWISE_TERM_ADDER_H

#define LC__TERM_COUNTS_PADDING 1 /* 1 where the term of a zero input is not zero */

LC__INLINE lc__vf lc__patch_term(lc__vf sum, lc__vf x, lc__vf w) {
    return sum - (lc__vf)((lc__vi)(x - w) & 0x7fffffff);
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum;
}

#endif
