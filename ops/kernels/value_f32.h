/* Values of f32 tensors, n <= LC__VF_LANES at a time, for any lc__vf. value_int8.h and value_bf16.h
 * are its twins: a kernel that includes one of them is written once for all dtypes. */
#ifndef KERNELS_VALUE_F32_H
#define KERNELS_VALUE_F32_H

#include "kernels/quant.h"

#define LC__VALUE_BYTES sizeof(float)
#define LC__VALUE_INTEGER 0 /* 1 where the values below are in units of lc__dtype_step() */

LC__INLINE lc__vf lc__value_load(const char *p, size_t n) {
    return lc__vf_load_n((const float *)(const void *)p, n);
}

/* Rounds to nearest even; values must be within range. */
LC__INLINE void lc__value_store(char *p, lc__vf x, size_t n) {
    lc__vf_store_n((float *)(void *)p, x, n);
}

/* What values stand for, and values stored in a format: rounded, and clamped if they are
 * integers. */
LC__INLINE lc__vf lc__value_get(const char *p, size_t n) {
    return lc__value_load(p, n);
}

LC__INLINE void lc__value_put(const lc__format *f, char *p, lc__vf x, size_t n) {
    (void)f;
    lc__value_store(p, x, n);
}

#endif
