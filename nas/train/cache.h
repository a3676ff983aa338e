/* Layers made ready, kept by geometry: the paths of a supernet are made of the same few hundred
 * operators over and over, and a primitive of oneDNN takes milliseconds to make. */
#ifndef TRAIN_CACHE_H
#define TRAIN_CACHE_H

#include "layer.h"

typedef struct lc__prepared {
    const lc__layer *layer;
    lc__geometry geometry;
    void *state; /* NULL where the layer needs none */
} lc__prepared;

typedef struct lc__cache lc__cache;

lc__cache *lc__cache_new(void); /* NULL when out of memory */
void lc__cache_free(lc__cache *cache);

/* The layer of `geometry`, made if need be; it lives as long as the cache. LC_EUNSUPPORTED: it
 * cannot be trained. */
lc_status lc__cache_get(lc__cache *cache, const lc__geometry *geometry, const lc__prepared **out,
                        lc_error *err);

#endif
