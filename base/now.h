/* Monotonic time: since some moment that does not change while the machine runs. */
#ifndef BASE_NOW_H
#define BASE_NOW_H

#include <stdint.h>
#include <time.h>

/* Whole nanoseconds. */
static inline uint64_t lc__now_whole_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Nanoseconds. */
static inline double lc__now_ns(void) {
    return (double)lc__now_whole_ns();
}

/* Seconds. */
static inline double lc__now(void) {
    return 1e-9 * lc__now_ns();
}

#endif
