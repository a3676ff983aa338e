/* Values of int8 tensors: see value_f32.h. */
#ifndef KERNELS_VALUE_INT8_H
#define KERNELS_VALUE_INT8_H

#include "kernels/quant.h"

#define LC__VALUE_BYTES sizeof(int8_t)
#define LC__VALUE_INTEGER 1

LC__INLINE lc__vf lc__value_load(const char *p, size_t n) {
    return lc__vf_load8_n(p, n);
}

/* Adding 1.5 * 2^23 rounds, into the low bits. */
LC__INLINE void lc__value_store(char *p, lc__vf x, size_t n) {
    lc__vi_store8_n(p, (lc__vi)(x + lc__vf_set(0x1.8p23F)), n);
}

LC__INLINE lc__vf lc__value_get(const char *p, size_t n) {
    return lc__value_load(p, n) * lc__vf_set(lc__dtype_step(LC_DTYPE_INT8));
}

LC__INLINE void lc__value_put(const lc__format *f, char *p, lc__vf x, size_t n) {
    const lc__vf magic = lc__vf_set(0x1.8p23F);
    lc__vf limit = lc__vf_set((float)f->limit);
    x = lc__vf_max(lc__vf_min(x * lc__vf_set(f->inverse), limit), -limit);
    lc__value_store(p, ((x + magic) - magic) * lc__vf_set((float)(1 << f->shift)), n);
}

#endif
