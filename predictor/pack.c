#include "pack.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

/* Packed points lie one after the other in blocks of at least this many bytes. */
#define BLOCK ((size_t)1 << 20)

enum {
    MASK = (LC__VARIANT_FEATURES + 7) / 8, /* which columns are not 0 */
    LARGEST = LC__VARIANTS * (1 + MASK) + LC__FEATURES * (int)sizeof(double)
};

/* A packed point: per variant 1 if it equals the one before; else 0, the mask, and the columns
 * that are not 0. */
typedef struct entry {
    uint64_t space, digest;
    const unsigned char *bytes;
    size_t length;
} entry;

struct lc__pack {
    entry *entry; /* [room] */
    size_t n, room;
    size_t *slot; /* [2 room] entries by digest, 1 + index; 0: free */
    unsigned char **block;
    size_t n_blocks, left; /* bytes left in the last block */
};

lc__pack *lc__pack_new(lc_error *err) {
    lc__pack *pack = calloc(1, sizeof *pack);
    if (!pack)
        lc__no_memory(err);
    return pack;
}

void lc__pack_free(lc__pack *pack) {
    if (!pack)
        return;
    for (size_t i = 0; i < pack->n_blocks; i++)
        free(pack->block[i]);
    free(pack->block);
    free(pack->entry);
    free(pack->slot);
    free(pack);
}

/* Whether a variant's columns equal those of the variant before. */
static bool repeats(const double *x) {
    for (size_t j = 0; j < LC__VARIANT_FEATURES; j++)
        if (x[j] != (x - LC__VARIANT_FEATURES)[j])
            return false;
    return true;
}

static size_t squeeze(const lc__point *point, unsigned char *out) {
    size_t length = 0;
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        const double *x = point->x + v * LC__VARIANT_FEATURES;
        bool copy = v > 0 && repeats(x);
        out[length++] = copy;
        if (copy)
            continue;
        unsigned char *mask = out + length;
        memset(mask, 0, MASK);
        length += MASK;
        for (size_t j = 0; j < LC__VARIANT_FEATURES; j++) {
            if (x[j] == 0)
                continue;
            mask[j / 8] = (unsigned char)(mask[j / 8] | 1 << j % 8);
            memcpy(out + length, &x[j], sizeof *x);
            length += sizeof *x;
        }
    }
    return length;
}

static void expand(const entry *e, lc__point *out) {
    const unsigned char *in = e->bytes;
    out->space = e->space;
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        double *x = out->x + v * LC__VARIANT_FEATURES;
        if (*in++) {
            memcpy(x, x - LC__VARIANT_FEATURES, LC__VARIANT_FEATURES * sizeof *x);
            continue;
        }
        const unsigned char *mask = in;
        in += MASK;
        memset(x, 0, LC__VARIANT_FEATURES * sizeof *x);
        for (size_t j = 0; j < LC__VARIANT_FEATURES; j++)
            if (mask[j / 8] >> j % 8 & 1) {
                memcpy(&x[j], in, sizeof *x);
                in += sizeof *x;
            }
    }
}

/* The slot of an equal entry, or the free one where it belongs. */
static size_t find(const lc__pack *pack, const entry *wanted) {
    size_t slots = 2 * pack->room, i = (size_t)wanted->digest % slots;
    for (;; i = (i + 1) % slots) {
        if (pack->slot[i] == 0)
            return i;
        const entry *e = &pack->entry[pack->slot[i] - 1];
        if (e->digest == wanted->digest && e->space == wanted->space &&
            e->length == wanted->length && !memcmp(e->bytes, wanted->bytes, e->length))
            return i;
    }
}

/* Room for one more entry. */
static lc_status grow(lc__pack *pack, lc_error *err) {
    if (pack->n < pack->room)
        return LC_OK;
    size_t room = pack->room ? 2 * pack->room : 256;
    entry *more = realloc(pack->entry, room * sizeof *more);
    if (!more)
        return lc__no_memory(err);
    pack->entry = more;
    size_t *slot = calloc(2 * room, sizeof *slot);
    if (!slot)
        return lc__no_memory(err);
    free(pack->slot);
    pack->slot = slot;
    pack->room = room;
    for (size_t i = 0; i < pack->n; i++)
        slot[find(pack, &more[i])] = i + 1;
    return LC_OK;
}

/* A copy of bytes[length] in the blocks. */
static const unsigned char *keep(lc__pack *pack, const unsigned char *bytes, size_t length,
                                 lc_error *err) {
    if (pack->left < length) {
        unsigned char **more = realloc(pack->block, (pack->n_blocks + 1) * sizeof *more);
        if (more)
            pack->block = more;
        unsigned char *block = more ? malloc(BLOCK) : NULL;
        if (!block) {
            lc__no_memory(err);
            return NULL;
        }
        pack->block[pack->n_blocks++] = block;
        pack->left = BLOCK;
    }
    unsigned char *at = pack->block[pack->n_blocks - 1] + BLOCK - pack->left;
    memcpy(at, bytes, length);
    pack->left -= length;
    return at;
}

lc_status lc__pack_add(lc__pack *pack, const lc__point *point, size_t *row, lc_error *err) {
    unsigned char bytes[LARGEST];
    entry e = {.space = point->space, .bytes = bytes, .length = squeeze(point, bytes)};
    e.digest = lc__fnv1a(LC__FNV_START, bytes, e.length);
    lc_status st = grow(pack, err);
    if (st != LC_OK)
        return st;
    size_t slot = find(pack, &e);
    if (pack->slot[slot] == 0) {
        e.bytes = keep(pack, bytes, e.length, err);
        if (!e.bytes)
            return LC_ENOMEM;
        pack->entry[pack->n] = e;
        pack->slot[slot] = ++pack->n;
    }
    *row = pack->slot[slot] - 1;
    return LC_OK;
}

const lc__point *lc__points_at(const lc__points *points, size_t row, lc__point *room) {
    if (points->array)
        return &points->array[row];
    expand(&points->pack->entry[row], room);
    return room;
}

uint64_t lc__points_space(const lc__points *points, size_t row) {
    return points->array ? points->array[row].space : points->pack->entry[row].space;
}
