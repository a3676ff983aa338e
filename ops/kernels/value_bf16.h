/* Values of bf16 tensors: see value_f32.h. */
#ifndef KERNELS_VALUE_BF16_H
#define KERNELS_VALUE_BF16_H

#include "kernels/quant.h"

#define LC__VALUE_BYTES sizeof(uint16_t)
#define LC__VALUE_INTEGER 0

LC__INLINE lc__vf lc__value_load(const char *p, size_t n) {
    return lc__vf_load_bf16_n(p, n);
}

/* A NaN stays one without lc__to_bf16()'s look at it: those that come of bf16 values and of the
 * CPU's own operations have zeros in their lower half. */
LC__INLINE void lc__value_store(char *p, lc__vf x, size_t n) {
    lc__vi bits = (lc__vi)x;
    lc__vi_store16_n(p, (bits + 0x7fff + (bits >> 16 & 1)) >> 16, n);
}

LC__INLINE lc__vf lc__value_get(const char *p, size_t n) {
    return lc__value_load(p, n);
}

LC__INLINE void lc__value_put(const lc__format *f, char *p, lc__vf x, size_t n) {
    (void)f;
    lc__value_store(p, x, n);
}

#endif
