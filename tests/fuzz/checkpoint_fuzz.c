/* Whatever bytes stand in the checkpoint of a training, reading them ends in a store or in an error
 * that says why. Magic number, version, length and checksum are made right first, or nothing would
 * get past them. */
#include <stdlib.h>
#include <string.h>

#include "held.h"
#include "train/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(uint8_t *at, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i) & 0xff);
}

static void mend(uint8_t *bytes, size_t size) {
    memcpy(bytes, "lccheck\n", 8);
    put(bytes + LC__CHECKPOINT_VERSION_AT, LC__CHECKPOINT_VERSION, 4);
    put(bytes + LC__CHECKPOINT_LENGTH_AT, size, 8);
    put(bytes + LC__CHECKPOINT_SUM_AT, lc__checkpoint_sum(bytes, size), 8);
}

/* What was read is there, all of it. */
static void use(const lc__store *store, const void *blob, size_t length) {
    static volatile float sink;
    for (size_t i = 0; i < lc__store_size(store); i++) {
        const lc__slot *slot = lc__store_at(store, i);
        if (lc__store_find(store, slot->key) != slot)
            abort();
        for (size_t k = 0; k < slot->n; k++)
            sink = slot->value[k];
        for (int m = 0; m < LC__MOMENTS; m++)
            for (size_t k = 0; slot->moments[m] && k < slot->n; k++)
                sink = slot->moments[m][k];
    }
    for (size_t k = 0; k < length; k++)
        sink = ((const char *)blob)[k];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = malloc(size + 1);
    held file = {.fd = -1};
    lc__store *store;
    void *blob;
    size_t length;
    lc_error err = {0};
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    if (size >= LC__CHECKPOINT_HEADER)
        mend(bytes, size);
    const char *path = held_make(&file, bytes, size);
    if (path && lc__checkpoint_load(path, &store, &blob, &length, &err) == LC_OK) {
        use(store, blob, length);
        free(blob);
        lc__store_free(store);
    } else if (path && !err.message[0]) {
        abort();
    }
    held_release(&file);
    free(bytes);
    return 0;
}
