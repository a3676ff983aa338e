/* A hash table from 64-bit keys to positions in an array that only grows. Several positions may
 * share a key: the caller compares what they stand for. */
#ifndef DEVICES_INDEX_H
#define DEVICES_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lc__index {
    uint64_t *key; /* [room] of position i */
    size_t *slot;  /* [n_slots], a power of two; position + 1, or 0 if free */
    size_t n, room, n_slots;
} lc__index;

/* An empty index; NULL when out of memory. */
lc__index *lc__index_new(void);
void lc__index_free(lc__index *index);

/* Notes that position index->n has this key. False when out of memory: nothing has changed. */
bool lc__index_add(lc__index *index, uint64_t key);

/* The positions with this key, one per call: start with *probe = 0. False when there is no
 * other. */
bool lc__index_next(const lc__index *index, uint64_t key, size_t *probe, size_t *position);

#endif
