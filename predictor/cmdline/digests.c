#include "cmdline/digests.h"

#include <stdlib.h>

#include "base/memory.h"

/* The slot that holds `digest`, or the free one where it belongs. */
static uint64_t *place(const lc__digests *set, uint64_t digest) {
    size_t at = (size_t)digest & (set->room - 1);
    while (set->slot[at] && set->slot[at] != digest)
        at = (at + 1) & (set->room - 1);
    return &set->slot[at];
}

/* Keeps the table at most half full. */
static lc_status grow(lc__digests *set, lc_error *err) {
    if (2 * set->n < set->room)
        return LC_OK;
    lc__digests larger = {.n = set->n, .room = set->room ? 2 * set->room : 64};
    larger.slot = calloc(larger.room, sizeof *larger.slot);
    if (!larger.slot)
        return lc__no_memory(err);
    for (size_t i = 0; i < set->room; i++)
        if (set->slot[i])
            *place(&larger, set->slot[i]) = set->slot[i];
    free(set->slot);
    *set = larger;
    return LC_OK;
}

lc_status lc__digests_add(lc__digests *set, uint64_t digest, bool *added, lc_error *err) {
    if (digest == 0)
        digest = 1; /* 0 marks free slots */
    lc_status s = grow(set, err);
    if (s)
        return s;
    uint64_t *slot = place(set, digest);
    *added = *slot == 0;
    set->n += *added;
    *slot = digest;
    return LC_OK;
}

void lc__digests_clear(lc__digests *set) {
    free(set->slot);
    *set = (lc__digests){0};
}
