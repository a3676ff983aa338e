/* Seeds of draws that must not hang together: a word that depends on every bit of its parts. */
#ifndef KEY_H
#define KEY_H

#include "base/rng.h"

static inline uint64_t lc__key(uint64_t seed, uint64_t a, uint64_t b) {
    uint64_t word = seed;
    word = lc__rng_u64(&word) ^ a;
    word = lc__rng_u64(&word) ^ b;
    return lc__rng_u64(&word);
}

#endif
