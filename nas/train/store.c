#include "store.h"

#include <stdlib.h>
#include <string.h>
#include "backends/arena.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/text.h"

struct lc__store {
    uint64_t seed;
    lc__slot **slots; /* [room] in order */
    size_t n, room;
    size_t *table; /* [2 room]: 1 + index of a slot, at its key's hash or after; 0: free */
};

lc__store *lc__store_new(uint64_t seed) {
    lc__store *store = calloc(1, sizeof *store);
    if (store)
        store->seed = seed;
    return store;
}

static void free_slot(lc__slot *slot) {
    free(slot->key);
    free(slot->value);
    free(slot->gradient);
    for (int i = 0; i < LC__MOMENTS; i++)
        free(slot->moments[i]);
    free(slot);
}

void lc__store_free(lc__store *store) {
    if (!store)
        return;
    for (size_t i = 0; i < store->n; i++)
        free_slot(store->slots[i]);
    free(store->slots);
    free(store->table);
    free(store);
}

uint64_t lc__store_seed(const lc__store *store) {
    return store->seed;
}

size_t lc__store_size(const lc__store *store) {
    return store->n;
}

lc__slot *lc__store_at(const lc__store *store, size_t index) {
    return store->slots[index];
}

static uint64_t hash(const char *key) {
    return lc__fnv1a(LC__FNV_START, key, strlen(key));
}

uint64_t lc__store_stream(const lc__store *store, const char *key) {
    uint64_t state = store->seed ^ hash(key);
    return lc__rng_u64(&state);
}

/* Where `key` is in the table, or the free place for it. There is always one: the table is twice
 * as long as it can be full. */
static size_t *place_of(const lc__store *store, const char *key) {
    size_t mask = 2 * store->room - 1, at = (size_t)hash(key) & mask;
    while (store->table[at] && strcmp(store->slots[store->table[at] - 1]->key, key) != 0)
        at = (at + 1) & mask;
    return &store->table[at];
}

lc__slot *lc__store_find(const lc__store *store, const char *key) {
    size_t found = store->room ? *place_of(store, key) : 0;
    return found ? store->slots[found - 1] : NULL;
}

static lc_status grow(lc__store *store, lc_error *err) {
    size_t room = store->room ? 2 * store->room : 64; /* a power of two */
    size_t *table = calloc(2 * room, sizeof *table);
    lc__slot **slots = realloc(store->slots, room * sizeof(lc__slot *));
    if (slots)
        store->slots = slots;
    if (!slots || !table) {
        free(table);
        return lc__no_memory(err);
    }
    free(store->table);
    store->table = table;
    store->room = room;
    for (size_t i = 0; i < store->n; i++)
        *place_of(store, store->slots[i]->key) = i + 1;
    return LC_OK;
}

static lc_status add_slot(lc__store *store, const char *key, lc__slot_kind kind, size_t n,
                          lc__slot **out, lc_error *err) {
    if (store->n == store->room && grow(store, err) != LC_OK)
        return LC_ENOMEM;
    lc__slot *slot = calloc(1, sizeof *slot);
    if (!slot)
        return lc__no_memory(err);
    *slot = (lc__slot){.key = lc__strdup(key), .kind = kind, .n = n};
    slot->value = lc__arena_alloc(n * sizeof *slot->value);
    if (!slot->key || !slot->value) {
        free_slot(slot);
        return lc__no_memory(err);
    }
    *place_of(store, key) = store->n + 1;
    store->slots[store->n++] = slot;
    *out = slot;
    return LC_OK;
}

lc_status lc__store_slot(lc__store *store, const char *key, lc__slot_kind kind, size_t n,
                         lc__slot **out, bool *made, lc_error *err) {
    lc__slot *slot = lc__store_find(store, key);
    *made = !slot;
    if (!slot)
        return add_slot(store, key, kind, n, out, err);
    if (slot->n != n || slot->kind != kind) {
        lc_error_set(err, LC_EFORMAT,
                     "weights \"%.120s\": the net needs %zu of kind %d, the store has %zu of kind "
                     "%d: they are of another space, or of another version of it",
                     key, n, (int)kind, slot->n, (int)slot->kind);
        return LC_EFORMAT;
    }
    *out = slot;
    return LC_OK;
}

lc_status lc__slot_reserve(lc__slot *slot, int n_moments, lc_error *err) {
    float **arrays[] = {&slot->gradient, &slot->moments[0], &slot->moments[1]};
    for (int i = 0; i <= n_moments && i <= LC__MOMENTS; i++) {
        if (!*arrays[i])
            *arrays[i] = lc__arena_alloc(slot->n * sizeof(float));
        if (!*arrays[i])
            return lc__no_memory(err);
    }
    return LC_OK;
}

void lc__store_forget_statistics(lc__store *store) {
    for (size_t i = 0; i < store->n; i++)
        if (store->slots[i]->kind == LC__SLOT_STATISTICS)
            memset(store->slots[i]->value, 0, store->slots[i]->n * sizeof(float));
}

void lc__slot_fresh(lc__slot *slot) {
    for (int i = 0; i < LC__MOMENTS; i++) {
        free(slot->moments[i]);
        slot->moments[i] = NULL;
    }
    slot->updates = 0;
    slot->touched = false;
}
