/* What one weight does to one input value: the one line in which the convolutions differ. */
#ifndef KERNELS_TERM_H
#define KERNELS_TERM_H

#include "kernels/vec.h"

/* MULTIPLY  sum += x * w
 * SHIFT     sum += x * +-2^p, as an addition to the exponent (DeepShift, arXiv:1905.13298)
 * ADDER     sum -= |x - w| (AdderNet, arXiv:1912.13200, eq. 2) */
typedef enum lc__term { LC__TERM_MULTIPLY, LC__TERM_SHIFT, LC__TERM_ADDER } lc__term;

/* A shift weight +-2^p is stored as the integer p * 2^23, plus 2^31 for a minus sign: added to the
 * bits of x it scales and signs x in one instruction. Valid while x has exponent to spare, hence
 * lc__term_operand(). */
LC__INLINE float lc__term_weight(lc__term term, float w) {
    return term == LC__TERM_SHIFT ? lc__from_bits(lc__bits(w) - UINT32_C(0x3f800000)) : w;
}

/* For a shift, |x| below 2^-119 (zero too) counts as 2^-119, from which p >= -7 can be taken; the
 * error is far below the rounding of any sum. */
LC__INLINE float lc__term_operand(lc__term term, float x) {
    if (term != LC__TERM_SHIFT) {
        return x;
    }
    const uint32_t least = UINT32_C(8) << 23;
    uint32_t bits = lc__bits(x);
    return lc__from_bits((bits & UINT32_C(0x7f800000)) < least ? least : bits);
}

LC__INLINE lc__v4 lc__term4(lc__term term, lc__v4 sum, lc__v4 x, lc__v4 w) {
    const lc__v4u magnitude = {0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff};
    switch (term) {
    case LC__TERM_SHIFT:
        return sum + (lc__v4)((lc__v4u)x + (lc__v4u)w);
    case LC__TERM_ADDER:
        return sum - (lc__v4)((lc__v4u)(x - w) & magnitude);
    case LC__TERM_MULTIPLY:
        break;
    }
    return sum + x * w;
}

LC__INLINE float lc__term1(lc__term term, float sum, float x, float w) {
    return lc__term4(term, lc__splat4(sum), lc__splat4(x), lc__splat4(w))[0];
}

#endif
