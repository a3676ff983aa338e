/* A set of net digests, to tell nets that compute the same. */
#ifndef PREDICT_DIGESTS_H
#define PREDICT_DIGESTS_H

#include "latcast/status.h"

#include <stdint.h>

typedef struct lc__digests {
    uint64_t *slot; /* [room], a power of two; 0 = free */
    size_t n, room;
} lc__digests;

/* Adds to a set that starts as {0}; *added is false if it was there. LC_ENOMEM. */
lc_status lc__digests_add(lc__digests *set, uint64_t digest, bool *added, lc_error *err);
void lc__digests_clear(lc__digests *set);

#endif
