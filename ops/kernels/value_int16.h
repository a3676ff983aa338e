/* Values of int16 tensors: see value_f32.h. */
#ifndef KERNELS_VALUE_INT16_H
#define KERNELS_VALUE_INT16_H

#include "kernels/quant.h"

#define LC__VALUE_BYTES sizeof(int16_t)
#define LC__VALUE_INTEGER 1
#define LC__VALUE_DTYPE LC_DTYPE_INT16

LC__INLINE lc__vf lc__value_load(const char *p, size_t n) {
    return lc__vf_load16_n(p, n);
}

LC__INLINE void lc__value_low(char *p, lc__vi v, size_t n) {
    lc__vi_store16_n(p, v, n);
}

#include "kernels/value_int.h"

#endif
