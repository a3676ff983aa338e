/* Four-lane vectors by the compiler's vector extension: every target has them, by registers or by
 * emulation, and the accumulators of a tile stay where they belong. */
#ifndef KERNELS_VEC_H
#define KERNELS_VEC_H

#include <stdint.h>
#include <string.h>

#define LC__INLINE static inline __attribute__((always_inline))

typedef float lc__v4 __attribute__((vector_size(16)));
typedef uint32_t lc__v4u __attribute__((vector_size(16)));

LC__INLINE lc__v4 lc__load4(const float *p) {
    lc__v4 v;
    memcpy(&v, p, sizeof v);
    return v;
}

LC__INLINE void lc__store4(float *p, lc__v4 v) {
    memcpy(p, &v, sizeof v);
}

LC__INLINE lc__v4 lc__splat4(float x) {
    return (lc__v4){x, x, x, x};
}

LC__INLINE uint32_t lc__bits(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

LC__INLINE float lc__from_bits(uint32_t u) {
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

#endif
