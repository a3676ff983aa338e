/* -|x - w|, for any lc__vf: a term of depthwise convolutions for patch.h. */
#ifndef KERNELS_DEPTHWISE_TERM_ADDER_H
#define KERNELS_DEPTHWISE_TERM_ADDER_H

#define LC__TERM_COUNTS_PADDING 1 /* 1 where the term of a zero input is not zero */

/* |x - w|, unless the header of vectors has it in one instruction. */
#ifndef LC__VF_DISTANCE
#define LC__VF_DISTANCE(x, w) ((lc__vf)((lc__vi)((x) - (w)) & 0x7fffffff))
#endif

LC__INLINE lc__vf lc__patch_term(lc__vf sum, lc__vf x, lc__vf w) {
    return sum - LC__VF_DISTANCE(x, w);
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum;
}

#endif
