#include "index.h"

#include <stdlib.h>
#include <string.h>

lc__index *lc__index_new(void) {
    return calloc(1, sizeof(lc__index));
}

void lc__index_free(lc__index *index) {
    if (!index)
        return;
    free(index->key);
    free(index->slot);
    free(index);
}

/* Keys are digests, but FNV's low bits are weak on short strings: mix before masking. */
static size_t first_slot(const lc__index *index, uint64_t key) {
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (index->n_slots - 1);
}

static void put(lc__index *index, size_t position) {
    size_t s = first_slot(index, index->key[position]);
    while (index->slot[s])
        s = (s + 1) & (index->n_slots - 1);
    index->slot[s] = position + 1;
}

/* Doubles both arrays; the table stays at most half full. */
static bool grow(lc__index *index) {
    size_t room = index->room ? 2 * index->room : 16, n_slots = 2 * room;
    size_t *slot = calloc(n_slots, sizeof *slot);
    uint64_t *key = slot ? realloc(index->key, room * sizeof *key) : NULL;
    if (!key) {
        free(slot);
        return false;
    }
    free(index->slot);
    index->key = key;
    index->slot = slot;
    index->room = room;
    index->n_slots = n_slots;
    for (size_t i = 0; i < index->n; i++)
        put(index, i);
    return true;
}

bool lc__index_add(lc__index *index, uint64_t key) {
    if (index->n == index->room && !grow(index))
        return false;
    index->key[index->n] = key;
    put(index, index->n++);
    return true;
}

bool lc__index_next(const lc__index *index, uint64_t key, size_t *probe, size_t *position) {
    if (!index->n_slots)
        return false;
    size_t s = first_slot(index, key);
    for (size_t taken; (taken = index->slot[(s + *probe) & (index->n_slots - 1)]);) {
        ++*probe;
        if (index->key[taken - 1] == key) {
            *position = taken - 1;
            return true;
        }
    }
    return false;
}
