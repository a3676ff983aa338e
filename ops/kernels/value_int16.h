/* Values of int16 tensors: see value_f32.h. */
#ifndef KERNELS_VALUE_INT16_H
#define KERNELS_VALUE_INT16_H

#define LC__VALUE_BYTES sizeof(int16_t)
#define LC__VALUE_INTEGER 1

LC__INLINE lc__vf lc__value_load(const char *p, size_t n) {
    return lc__vf_load16_n(p, n);
}

/* Adding 1.5 * 2^23 rounds, into the low bits. */
LC__INLINE void lc__value_store(char *p, lc__vf x, size_t n) {
    lc__vi_store16_n(p, (lc__vi)(x + lc__vf_set(0x1.8p23F)), n);
}

#endif
