#include "cache.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "ops/op_rules.h"

enum {
    BUCKETS = 512,
    KEY = 1 + 2 * LC__ATTR_COUNT + 1 + 4 * (LC_OP_MAX_INPUTS + 1) /* type, attributes, shapes */
};

typedef struct entry {
    lc__prepared prepared; /* its geometry's op is the one below */
    lc_op op;
    int32_t key[KEY];
    struct entry *next;
} entry;

struct lc__cache {
    entry *buckets[BUCKETS];
};

lc__cache *lc__cache_new(void) {
    return calloc(1, sizeof(lc__cache));
}

static void free_entry(entry *e) {
    if (e->prepared.state && e->prepared.layer->release)
        e->prepared.layer->release(e->prepared.state);
    free(e);
}

void lc__cache_free(lc__cache *cache) {
    for (int b = 0; cache && b < BUCKETS; b++) {
        entry *e = cache->buckets[b];
        while (e) {
            entry *next = e->next;
            free_entry(e);
            e = next;
        }
    }
    free(cache);
}

static int32_t *put_shape(int32_t *at, lc_shape s) {
    const int32_t dims[] = {s.n, s.h, s.w, s.c};
    memcpy(at, dims, sizeof dims);
    return at + 4;
}

/* Into zeros: all that tells operators apart, not the padding of structs. */
static void fill_key(const lc__geometry *g, int32_t *key) {
    *key++ = (int32_t)g->op->type;
    for (int a = 0; a < LC__ATTR_COUNT; a++)
        for (int which = 0; which < 2; which++)
            *key++ = lc__attr_get(g->op, (lc__attr)a, which);
    *key++ = g->n_in;
    key = put_shape(key, g->out);
    for (int i = 0; i < g->n_in; i++)
        key = put_shape(key, g->in[i]);
}

static lc_status make_entry(const lc__geometry *g, entry *e, lc_error *err) {
    const lc__layer *layer = lc__layer_find(g->op->type);
    if (!layer) {
        lc_error_set(err, LC_EUNSUPPORTED, "operator %s cannot be trained by this build",
                     lc_op_type_name(g->op->type));
        return LC_EUNSUPPORTED;
    }
    e->op = *g->op;
    e->prepared = (lc__prepared){.layer = layer, .geometry = *g};
    e->prepared.geometry.op = &e->op;
    return layer->prepare ? layer->prepare(&e->prepared.geometry, &e->prepared.state, err) : LC_OK;
}

lc_status lc__cache_get(lc__cache *cache, const lc__geometry *geometry, const lc__prepared **out,
                        lc_error *err) {
    int32_t key[KEY] = {0};
    fill_key(geometry, key);
    entry **bucket = &cache->buckets[lc__fnv1a(LC__FNV_START, key, sizeof key) % BUCKETS];
    for (entry *e = *bucket; e; e = e->next)
        if (memcmp(e->key, key, sizeof key) == 0) {
            *out = &e->prepared;
            return LC_OK;
        }
    entry *made = calloc(1, sizeof *made);
    if (!made)
        return lc__no_memory(err);
    lc_status st = make_entry(geometry, made, err);
    if (st != LC_OK) {
        free(made);
        return st;
    }
    memcpy(made->key, key, sizeof key);
    made->next = *bucket;
    *bucket = made;
    *out = &made->prepared;
    return LC_OK;
}
