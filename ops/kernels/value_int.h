/* What value_int8.h and value_int16.h share. They define LC__VALUE_DTYPE and, besides
 * lc__value_load(),
 *
 *     void lc__value_low(char *p, lc__vi v, size_t n)    stores the low bits of n lanes
 */
#ifndef KERNELS_VALUE_INT_H
#define KERNELS_VALUE_INT_H

/* Adding 1.5 * 2^23 rounds, into the low bits. */
LC__INLINE void lc__value_store(char *p, lc__vf x, size_t n) {
    lc__value_low(p, (lc__vi)(x + lc__vf_set(0x1.8p23F)), n);
}

LC__INLINE lc__vf lc__value_get(const char *p, size_t n) {
    return lc__value_load(p, n) * lc__vf_set(lc__dtype_step(LC__VALUE_DTYPE));
}

LC__INLINE void lc__value_put(const lc__format *f, char *p, lc__vf x, size_t n) {
    const lc__vf magic = lc__vf_set(0x1.8p23F);
    lc__vf limit = lc__vf_set((float)f->limit);
    x = lc__vf_max(lc__vf_min(x * lc__vf_set(f->inverse), limit), -limit);
    lc__value_store(p, ((x + magic) - magic) * lc__vf_set((float)(1 << f->shift)), n);
}

#endif
