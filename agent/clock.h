/* The clock that runs are timed with: the CPU's cycle counter where it ticks evenly and was
 * calibrated well, CLOCK_MONOTONIC elsewhere. Tests put their own counter in its place.
 */
#ifndef AGENT_CLOCK_H
#define AGENT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "latcast/status.h"

typedef struct lc__clock {
    uint64_t (*ticks)(void *ctx); /* never decreases */
    void *ctx;
    double ns_per_tick;
    bool cycle_counter; /* the CPU's counter, not the kernel's clock */
    char about[128];    /* which clock it is, and why the cycle counter is not used */
} lc__clock;

/* Chooses and calibrates a clock (takes about 25 ms for a cycle counter). The counter is taken when
 * the CPU says that it is constant and never stops (on aarch64 the architecture does), the kernel
 * itself keeps time with it, and five calibrations against CLOCK_MONOTONIC agree within 0.02 %.
 * `root` goes before /proc and /sys. LC_ERUNTIME: CLOCK_MONOTONIC stands still. */
lc_status lc__clock_init(lc__clock *clock, const char *root, lc_error *err);

static inline double lc__clock_ns(const lc__clock *clock, uint64_t from, uint64_t to) {
    return (double)(to - from) * clock->ns_per_tick;
}

#endif
