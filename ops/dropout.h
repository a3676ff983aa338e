/* Which values mc_dropout keeps: drawn from their place in its output, the same on every machine
 * and in any order. */
#ifndef OPS_DROPOUT_H
#define OPS_DROPOUT_H

#include <stdbool.h>
#include <stdint.h>

/* Hashes from here on are kept; the rate is below 100. */
static inline uint32_t lc__dropout_least(int32_t rate_percent) {
    return (uint32_t)(((uint64_t)rate_percent << 32) / 100);
}

/* Hash of a place, below 2^32: the finaliser of MurmurHash3, by which every bit reaches every bit,
 * on a counter. */
static inline uint32_t lc__dropout_hash(uint32_t place) {
    uint32_t x = place * 0x9e3779b9U + 0x85ebca6bU;
    x = (x ^ x >> 16) * 0x85ebca6bU;
    x = (x ^ x >> 13) * 0xc2b2ae35U;
    return x ^ x >> 16;
}

#endif
