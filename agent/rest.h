/* What happens between two runs when a net is not measured burst by burst: a rest, as in a program
 * that runs it N times a second, and the caches emptied of it, as in one that does other work in
 * between.
 */
#ifndef AGENT_REST_H
#define AGENT_REST_H

#include <stdbool.h>
#include <stddef.h>

#include "latcast/status.h"

typedef struct lc__rest {
    double pace_ns;       /* from the start of a run to that of the next, 0: none */
    unsigned char *other; /* [other_bytes] what is written to empty the caches, NULL: warm */
    size_t other_bytes;
    double next_ns;    /* CLOCK_MONOTONIC, when the next run is due */
    double resting_ns; /* in all, asleep */
} lc__rest;

/* Burst and warm: there is nothing to do between runs. */
static inline bool lc__rest_none(const lc__rest *rest) {
    return rest->pace_ns <= 0 && !rest->other;
}

/* `cold` takes memory of twice the last-level cache that is found below `root`, 64 MiB where none
 * is. LC_ENOMEM only. Release with lc__rest_clear(). */
lc_status lc__rest_init(lc__rest *rest, const char *root, double pace_ns, bool cold, lc_error *err);
void lc__rest_clear(lc__rest *rest);

/* Writes the memory through and sleeps until the next run is due. What was in the caches is gone
 * after it: weights, activations, inputs and nearly all code, and the address translations; the
 * branch predictors keep what they learned. stop(ctx), which may be NULL, is asked while it
 * sleeps, again and again: true ends the rest at once. Returns the ns that it took. */
double lc__rest_take(lc__rest *rest, bool (*stop)(void *ctx), void *ctx);

/* The net whose turn it is changes: its first run is due at once. */
static inline void lc__rest_restart(lc__rest *rest) {
    rest->next_ns = 0;
}

#endif
