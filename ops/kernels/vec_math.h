/* Functions of vectors, for any lc__vf (x86/avx512.h and its like). The polynomials are weighted
 * minimax fits made for the ranges that they are used in. */
#ifndef KERNELS_VEC_MATH_H
#define KERNELS_VEC_MATH_H

#include "latcast/op.h"

/* For sums of bits, which may wrap. */
typedef uint32_t lc__vu __attribute__((vector_size(sizeof(lc__vi))));

/* e^x within 2 ulp; x is taken as -87.3 below and 88.3 above. */
LC__INLINE lc__vf lc__vf_exp(lc__vf x) {
    const lc__vf magic = lc__vf_set(0x1.8p23F); /* adding it rounds to an integer in the low bits */
    x = lc__vf_min(lc__vf_max(x, lc__vf_set(-87.3F)), lc__vf_set(88.3F));
    lc__vf shifted = lc__vf_fma(x, lc__vf_set(1.44269504F), magic);
    lc__vf n = shifted - magic;
    lc__vf r = lc__vf_fma(n, lc__vf_set(-0x1.62ep-1F), x); /* ln 2 in two parts */
    r = lc__vf_fma(n, lc__vf_set(-0x1.0bfbe8p-15F), r);
    lc__vf p = lc__vf_set(0.00138144746F);
    p = lc__vf_fma(p, r, lc__vf_set(0.00836871722F));
    p = lc__vf_fma(p, r, lc__vf_set(0.0416683894F));
    p = lc__vf_fma(p, r, lc__vf_set(0.166665206F));
    p = lc__vf_fma(p, r, lc__vf_set(0.499999934F));
    p = lc__vf_fma(p * r, r, r) + lc__vf_set(1.0F);
    lc__vi scale = ((lc__vi)shifted - (lc__vi)magic + 127) << 23;
    return p * (lc__vf)scale;
}

LC__INLINE lc__vf lc__vf_sigmoid(lc__vf x) {
    return lc__vf_set(1.0F) / (lc__vf_set(1.0F) + lc__vf_exp(-x));
}

/* x * (share of a normal distribution below x). The share below -a is exp(-(a^2 / 2 + a * q(a))) /
 * 2 with a smooth q, which keeps the tail's relative accuracy. */
LC__INLINE lc__vf lc__vf_gelu(lc__vf x) {
    const lc__vf half = lc__vf_set(0.5F);
    lc__vf a = lc__vf_max(x, -x), b = lc__vf_min(a, lc__vf_set(5.5F));
    lc__vf q = lc__vf_set(1.31838148e-6F);
    q = lc__vf_fma(q, b, lc__vf_set(-1.94471655e-5F));
    q = lc__vf_fma(q, b, lc__vf_set(9.11279142e-5F));
    q = lc__vf_fma(q, b, lc__vf_set(1.88595362e-4F));
    q = lc__vf_fma(q, b, lc__vf_set(-5.02215405e-3F));
    q = lc__vf_fma(q, b, lc__vf_set(3.64786892e-2F));
    q = lc__vf_fma(q, b, lc__vf_set(-0.181733059F));
    q = lc__vf_fma(q, b, lc__vf_set(0.797889376F));
    lc__vf tail = half * lc__vf_exp(-(a * lc__vf_fma(half, a, q)));
    lc__vf zero = lc__vf_set(0.0F);
    return lc__vf_max(x, zero) - a * tail;
}

LC__INLINE lc__vf lc__vf_hsigmoid(lc__vf x) {
    lc__vf y = lc__vf_max(x + lc__vf_set(3.0F), lc__vf_set(0.0F));
    return lc__vf_min(y, lc__vf_set(6.0F)) * lc__vf_set(1.0F / 6.0F);
}

/* With `act` a constant of the caller's, one function; otherwise a chain of tests. */
LC__INLINE lc__vf lc__vf_act(lc__vf x, lc_act act) {
    switch (act) {
    case LC_ACT_NONE:
    case LC_ACT_COUNT:
        break;
    case LC_ACT_RELU:
        return lc__vf_max(x, lc__vf_set(0.0F));
    case LC_ACT_RELU6:
        return lc__vf_min(lc__vf_max(x, lc__vf_set(0.0F)), lc__vf_set(6.0F));
    case LC_ACT_HSIGMOID:
        return lc__vf_hsigmoid(x);
    case LC_ACT_HSWISH:
        return x * lc__vf_hsigmoid(x);
    case LC_ACT_GELU:
        return lc__vf_gelu(x);
    case LC_ACT_SIGMOID:
        return lc__vf_sigmoid(x);
    }
    return x;
}

#endif
