/* Weights by name. A supernet is a store that many nets of a space are trained from: each takes the
 * weights of its own operators and leaves the others alone. Values depend on the store's seed and
 * the name, not on the order in which they are asked for. */
#ifndef TRAIN_STORE_H
#define TRAIN_STORE_H

#include <stdint.h>
#include "latcast/status.h"

typedef enum lc__slot_kind {
    LC__SLOT_WEIGHTS,    /* trained, with weight decay */
    LC__SLOT_NORM,       /* trained without: scale and offset of batch-norm */
    LC__SLOT_STATISTICS, /* not trained: running statistics of batch-norm */
    LC__SLOT_KINDS
} lc__slot_kind;

enum { LC__MOMENTS = 2, LC__KEY_MAX = 256 };

/* Values of one name. Owned by the store, and in its place until that is freed. */
typedef struct lc__slot {
    char *key;
    lc__slot_kind kind;
    bool adaptive;               /* lc__layer.adaptive_rate */
    bool touched;                /* a gradient has been added since the last step */
    size_t n;                    /* floats of each array */
    uint64_t updates;            /* steps of the optimiser so far */
    float *value, *gradient;     /* gradient NULL: not yet needed */
    float *moments[LC__MOMENTS]; /* of the optimiser; NULL: not yet needed */
} lc__slot;

typedef struct lc__store lc__store;

/* NULL when out of memory. */
lc__store *lc__store_new(uint64_t seed);
void lc__store_free(lc__store *store);
uint64_t lc__store_seed(const lc__store *store);

/* The slot named `key`, made with n zeros if there is none (*made, then). LC_EFORMAT: there is one
 * of another size or kind. */
lc_status lc__store_slot(lc__store *store, const char *key, lc__slot_kind kind, size_t n,
                         lc__slot **out, bool *made, lc_error *err);
/* NULL: none of that name. */
lc__slot *lc__store_find(const lc__store *store, const char *key);

/* In the order in which they were made. */
size_t lc__store_size(const lc__store *store);
lc__slot *lc__store_at(const lc__store *store, size_t index);

/* A stream of random numbers (base/rng.h) that is the key's own. */
uint64_t lc__store_stream(const lc__store *store, const char *key);

/* Gives a slot its gradient, and each of its first `n` moments, as zeros where it has none yet. */
lc_status lc__slot_reserve(lc__slot *slot, int n_moments, lc_error *err);

/* Keeps the values alone: no moments, no steps so far. */
void lc__slot_fresh(lc__slot *slot);

/* Forgets running statistics, to gather them anew for one net of a supernet. */
void lc__store_forget_statistics(lc__store *store);

#endif
