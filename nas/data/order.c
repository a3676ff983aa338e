#include "order.h"

#include "key.h"

/* A Feistel network permutes the words of an even number of bits; what it sends beyond n is sent on
 * until it is within, which keeps it a permutation (Black and Rogaway, Ciphers with arbitrary
 * finite domains, CT-RSA 2002). The words are less than 4 n, so that takes few turns. */
size_t lc__order_at(uint64_t key, size_t n, size_t i) {
    enum { ROUNDS = 4 };
    unsigned half = 1;
    while (2 * half < 64 && (uint64_t)n > UINT64_C(1) << 2 * half)
        half++;
    uint64_t mask = (UINT64_C(1) << half) - 1, at = i;
    do {
        uint64_t left = at >> half, right = at & mask;
        for (uint64_t round = 0; round < ROUNDS; round++) {
            uint64_t next = left ^ (lc__key(key, round, right) & mask);
            left = right;
            right = next;
        }
        at = left << half | right;
    } while (at >= n);
    return (size_t)at;
}
