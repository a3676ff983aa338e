#include "checkpoint.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/text.h"

#define MAGIC "lccheck\n"
#define LARGEST ((size_t)1 << 30) /* bytes: an endless file must not take all memory */
#define MEND "go on from an older checkpoint, or begin anew"

enum { SLOT_HEADER = 32 };

uint64_t lc__checkpoint_sum(const void *data, size_t length) {
    const unsigned char *at = data;
    size_t rest = LC__CHECKPOINT_SUM_AT + sizeof(uint64_t);
    uint64_t sum = lc__fnv1a(LC__FNV_START, at, LC__CHECKPOINT_SUM_AT);
    return lc__fnv1a(sum, at + rest, length - rest);
}

/* Up to the next multiple of 8. */
static size_t filled(size_t length) {
    return (length + 7) / 8 * 8;
}

static int n_moments(const lc__slot *slot) {
    int n = 0;
    while (n < LC__MOMENTS && slot->moments[n])
        n++;
    return n;
}

/* ---- writing ---- */

static unsigned char *put32(unsigned char *at, size_t value) {
    uint32_t little = htole32((uint32_t)value);
    memcpy(at, &little, sizeof little);
    return at + sizeof little;
}

static unsigned char *put64(unsigned char *at, uint64_t value) {
    uint64_t little = htole64(value);
    memcpy(at, &little, sizeof little);
    return at + sizeof little;
}

static unsigned char *put_floats(unsigned char *at, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        at = put32(at, bits);
    }
    return at;
}

static size_t slot_length(const lc__slot *slot) {
    size_t floats = slot->n * (size_t)(1 + n_moments(slot));
    return SLOT_HEADER + filled(strlen(slot->key)) + filled(floats * sizeof(float));
}

/* Into zeroed memory. */
static unsigned char *put_slot(unsigned char *at, const lc__slot *slot) {
    unsigned char *end = at + slot_length(slot);
    size_t key = strlen(slot->key);
    at = put32(put32(at, key), slot->kind);
    at = put64(put64(at, slot->n), slot->updates);
    at = put32(put32(at, (size_t)n_moments(slot)), slot->adaptive);
    memcpy(at, slot->key, key);
    at = put_floats(at + filled(key), slot->value, slot->n);
    for (int i = 0; i < n_moments(slot); i++)
        at = put_floats(at, slot->moments[i], slot->n);
    return end;
}

lc_status lc__checkpoint_save(const lc__store *store, const void *blob, size_t length,
                              const char *path, lc_error *err) {
    size_t total = LC__CHECKPOINT_HEADER + length, n = lc__store_size(store);
    for (size_t i = 0; i < n; i++)
        total += slot_length(lc__store_at(store, i));
    unsigned char *data = calloc(total, 1);
    if (!data)
        return lc__no_memory(err);
    memcpy(data, MAGIC, sizeof MAGIC - 1);
    put32(data + LC__CHECKPOINT_VERSION_AT, LC__CHECKPOINT_VERSION);
    put32(data + LC__CHECKPOINT_SLOTS_AT, n);
    put64(data + LC__CHECKPOINT_LENGTH_AT, total);
    put64(data + LC__CHECKPOINT_SEED_AT, lc__store_seed(store));
    put64(data + LC__CHECKPOINT_BLOB_AT, length);
    unsigned char *at = data + LC__CHECKPOINT_HEADER;
    for (size_t i = 0; i < n; i++)
        at = put_slot(at, lc__store_at(store, i));
    if (length)
        memcpy(at, blob, length);
    put64(data + LC__CHECKPOINT_SUM_AT, lc__checkpoint_sum(data, total));
    lc_status st = lc__file_write(path, data, total, err);
    free(data);
    return st;
}

/* ---- reading ---- */

/* What is left to be read. */
typedef struct reader {
    const unsigned char *at;
    size_t left;
} reader;

static uint32_t get32(const unsigned char *at) {
    uint32_t little;
    memcpy(&little, at, sizeof little);
    return le32toh(little);
}

static uint64_t get64(const unsigned char *at) {
    uint64_t little;
    memcpy(&little, at, sizeof little);
    return le64toh(little);
}

/* The next `length` bytes, filled up; NULL where there are not as many. */
static const unsigned char *take(reader *r, size_t length) {
    if (length > r->left || filled(length) > r->left)
        return NULL;
    const unsigned char *at = r->at;
    r->at += filled(length);
    r->left -= filled(length);
    return at;
}

static void get_floats(const unsigned char *at, float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = get32(at + i * sizeof bits);
        memcpy(x + i, &bits, sizeof bits);
    }
}

static lc_status contradiction(lc_error *err) {
    lc_error_set(err, LC_EFORMAT, "the checkpoint contradicts itself: " MEND);
    return LC_EFORMAT;
}

static lc_status read_slot(reader *r, lc__store *store, lc_error *err) {
    const unsigned char *head = take(r, SLOT_HEADER);
    char key[LC__KEY_MAX];
    if (!head)
        return contradiction(err);
    size_t length = get32(head), kind = get32(head + 4), moments = get32(head + 24);
    uint64_t n = get64(head + 8);
    const unsigned char *name = length < sizeof key ? take(r, length) : NULL;
    if (!name || kind >= LC__SLOT_KINDS || moments > LC__MOMENTS ||
        n > r->left / (sizeof(float) * (1 + moments)))
        return contradiction(err);
    memcpy(key, name, length);
    key[length] = '\0';
    const unsigned char *floats = take(r, (size_t)n * (1 + moments) * sizeof(float));
    lc__slot *slot = NULL;
    bool made;
    if (!floats || strlen(key) != length || lc__store_find(store, key))
        return contradiction(err);
    lc_status st = lc__store_slot(store, key, (lc__slot_kind)kind, (size_t)n, &slot, &made, err);
    if (st == LC_OK && moments)
        st = lc__slot_reserve(slot, (int)moments, err);
    if (st != LC_OK)
        return st;
    slot->updates = get64(head + 16);
    slot->adaptive = get32(head + 28) != 0;
    get_floats(floats, slot->value, slot->n);
    for (size_t i = 0; i < moments; i++)
        get_floats(floats + (i + 1) * slot->n * sizeof(float), slot->moments[i], slot->n);
    return LC_OK;
}

static lc_status check_header(const lc__map *map, lc_error *err) {
    size_t magic = sizeof MAGIC - 1;
    lc_status st = LC_EFORMAT;
    if (map->length < magic || memcmp(map->data, MAGIC, magic) != 0) {
        lc_error_set(err, st, "this is no checkpoint of a training");
    } else if (map->length < LC__CHECKPOINT_HEADER) {
        lc_error_set(err, st, "the checkpoint is cut short after %zu bytes: " MEND, map->length);
    } else if (get32(map->data + LC__CHECKPOINT_VERSION_AT) != LC__CHECKPOINT_VERSION) {
        st = LC_EUNSUPPORTED;
        lc_error_set(err, st, "the checkpoint has version %u, this build reads version %d",
                     (unsigned)get32(map->data + LC__CHECKPOINT_VERSION_AT),
                     LC__CHECKPOINT_VERSION);
    } else if (get64(map->data + LC__CHECKPOINT_LENGTH_AT) != map->length) {
        lc_error_set(err, st,
                     "the checkpoint is cut short or has grown: %zu bytes, not %llu: " MEND,
                     map->length, (unsigned long long)get64(map->data + LC__CHECKPOINT_LENGTH_AT));
    } else if (get64(map->data + LC__CHECKPOINT_SUM_AT) !=
               lc__checkpoint_sum(map->data, map->length)) {
        lc_error_set(err, st, "the checkpoint is damaged, its checksum does not match: " MEND);
    } else {
        st = LC_OK;
    }
    return st;
}

static lc_status read_map(const lc__map *map, lc__store *store, void **blob, size_t *length,
                          lc_error *err) {
    reader r = {map->data + LC__CHECKPOINT_HEADER, map->length - LC__CHECKPOINT_HEADER};
    size_t n = get32(map->data + LC__CHECKPOINT_SLOTS_AT);
    for (size_t i = 0; i < n; i++) {
        lc_status st = read_slot(&r, store, err);
        if (st != LC_OK)
            return st;
    }
    *length = (size_t)get64(map->data + LC__CHECKPOINT_BLOB_AT);
    if (*length != r.left)
        return contradiction(err);
    *blob = malloc(*length + 1);
    if (!*blob)
        return lc__no_memory(err);
    memcpy(*blob, r.at, *length);
    return LC_OK;
}

lc_status lc__checkpoint_load(const char *path, lc__store **store, void **blob, size_t *length,
                              lc_error *err) {
    lc__map map;
    lc__store *made = NULL;
    lc_status st = lc__map_file(path, LARGEST, &map, err);
    if (st != LC_OK)
        return st;
    st = check_header(&map, err);
    if (st == LC_OK) {
        made = lc__store_new(get64(map.data + LC__CHECKPOINT_SEED_AT));
        st = made ? read_map(&map, made, blob, length, err) : lc__no_memory(err);
    }
    lc__map_close(&map);
    if (st == LC_OK) {
        *store = made;
    } else {
        lc__store_free(made);
        lc_error_in_file(err, path);
    }
    return st;
}
