/* splitmix64: small, seeded, the same on every machine. State is one 64-bit word. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

static inline uint64_t lc__rng_u64(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in [0, 1). */
static inline double lc__rng_unit(uint64_t *state) {
    return (double)(lc__rng_u64(state) >> 11) * 0x1p-53;
}

/* The upper half of a * b. 32-bit machines have no 128-bit integers. */
static inline uint64_t lc__rng_upper(uint64_t a, uint64_t b) {
    uint64_t al = a & UINT32_MAX, ah = a >> 32, bl = b & UINT32_MAX, bh = b >> 32;
    uint64_t middle = ah * bl + (al * bl >> 32), other = al * bh + (middle & UINT32_MAX);
    return ah * bh + (middle >> 32) + (other >> 32);
}

/* Uniform in 0 .. n-1, n >= 1. The bias, n / 2^64, is of no account. */
static inline uint64_t lc__rng_below(uint64_t *state, uint64_t n) {
    return lc__rng_upper(lc__rng_u64(state), n);
}

#endif
