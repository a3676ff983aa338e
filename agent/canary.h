/* A small fixed piece of work whose time tells whether the machine is as it was: slower arithmetic
 * means a lower clock or a busy sibling thread, slower walks through memory mean that others use
 * the shared caches or the memory. What else ran on the same CPU it cannot tell: see watch.h.
 */
#ifndef AGENT_CANARY_H
#define AGENT_CANARY_H

#include "clock.h"
#include "latcast/status.h"

/* One reading, ns: the fastest of a few tries of each part, since an interrupt only adds time. */
typedef struct lc__canary_reading {
    double compute_ns, memory_ns;
} lc__canary_reading;

typedef struct lc__canary {
    const lc__clock *clock;
    long rounds;              /* of arithmetic in a try */
    unsigned char *walk;      /* [walk_bytes] */
    size_t walk_bytes;        /* a power of two */
    lc__canary_reading quiet; /* when nothing disturbs: the fastest seen */
    uint64_t sink;            /* results, so that the work is done */
} lc__canary;

/* Readings above these multiples of the quiet ones are told: see docs/measuring.md. */
#define LC__CANARY_COMPUTE 1.07
#define LC__CANARY_MEMORY 1.35

/* Sizes the work to about 20 us a try and learns its quiet time from 20 readings: a few
 * milliseconds. What is walked through is the largest power of two up to half of `cache` bytes, the
 * second level's, so that it comes back whole after whatever is measured has been through the same
 * cache; 0: not known. `clock` must outlive the canary. LC_ENOMEM only. Release with
 * lc__canary_clear(). */
lc_status lc__canary_init(lc__canary *canary, const lc__clock *clock, double cache, lc_error *err);
void lc__canary_clear(lc__canary *canary);

/* Takes a reading; the quiet time follows it slowly when it is less. */
lc__canary_reading lc__canary_sing(lc__canary *canary);

#endif
