#include "canary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"

#define TRIES 3
#define TRY_NS 20000
#define LEARN 20
#define LINE 64
#define LANES 8
#define LEAST_WALK ((size_t)128 << 10)
#define MOST_WALK ((size_t)2 << 20)

/* Independent chains, so that the work fills the core's ports and a sibling thread shows. */
static uint64_t arithmetic(long rounds, uint64_t seed) {
    uint64_t lane[LANES];
    for (unsigned k = 0; k < LANES; k++)
        lane[k] = seed + k;
    for (long i = 0; i < rounds; i++)
        for (unsigned k = 0; k < LANES; k++)
            lane[k] = lane[k] * UINT64_C(0x5851f42d4c957f2d) + (lane[k] >> 29);
    uint64_t sum = 0;
    for (unsigned k = 0; k < LANES; k++)
        sum ^= lane[k];
    return sum;
}

/* Every line once, in an order that prefetchers follow only in part. */
static uint64_t walk(const unsigned char *bytes, size_t n) {
    uint64_t sum = 0;
    const size_t lines = n / LINE;
    for (size_t i = 0, at = 0; i < lines; i++) {
        sum += bytes[at * LINE];
        at = (at + 389) & (lines - 1); /* odd, so all lines of a power of two are met */
    }
    return sum;
}

static double timed(lc__canary *c, bool memory) {
    uint64_t from = c->clock->ticks(c->clock->ctx);
    c->sink ^= memory ? walk(c->walk, c->walk_bytes) : arithmetic(c->rounds, c->sink);
    uint64_t to = c->clock->ticks(c->clock->ctx);
    return to > from ? lc__clock_ns(c->clock, from, to) : NAN;
}

/* fmin() passes over what a clock that went backwards gave. */
static double fastest(lc__canary *c, bool memory) {
    double best = timed(c, memory); /* of memory, the first brings it back into the caches */
    if (memory)
        best = NAN;
    for (int i = 0; i < TRIES; i++)
        best = fmin(best, timed(c, memory));
    return best;
}

/* Slowly: one lucky reading is not what can be expected. */
static void follow_down(double *quiet, double reading) {
    if (reading < *quiet)
        *quiet += (reading - *quiet) / 10;
}

static lc__canary_reading listen(lc__canary *c) {
    return (lc__canary_reading){.compute_ns = fastest(c, false), .memory_ns = fastest(c, true)};
}

lc__canary_reading lc__canary_sing(lc__canary *c) {
    lc__canary_reading r = listen(c);
    follow_down(&c->quiet.compute_ns, r.compute_ns);
    follow_down(&c->quiet.memory_ns, r.memory_ns);
    return r;
}

/* Lower quartiles of some readings. */
static void learn(lc__canary *c) {
    double compute[LEARN], memory[LEARN];
    for (int i = 0; i < LEARN; i++) {
        lc__canary_reading r = listen(c);
        compute[i] = r.compute_ns;
        memory[i] = r.memory_ns;
    }
    lc__sort(compute, LEARN);
    lc__sort(memory, LEARN);
    c->quiet = (lc__canary_reading){compute[LEARN / 4], memory[LEARN / 4]};
}

lc_status lc__canary_init(lc__canary *c, const lc__clock *clock, double cache, lc_error *err) {
    *c = (lc__canary){.clock = clock, .rounds = 256, .sink = 1, .walk_bytes = LEAST_WALK};
    while (c->walk_bytes < MOST_WALK && (double)c->walk_bytes <= cache / 4)
        c->walk_bytes *= 2;
    c->walk = malloc(c->walk_bytes);
    if (!c->walk)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    memset(c->walk, 1, c->walk_bytes);
    while (fastest(c, false) < 0.5 * TRY_NS && c->rounds < 1L << 24)
        c->rounds *= 2;
    learn(c);
    return LC_OK;
}

void lc__canary_clear(lc__canary *c) {
    free(c->walk);
    c->walk = NULL;
}
