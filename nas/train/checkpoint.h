/* Checkpoints: a store, and whatever else its owner needs to go on as if never stopped.
 *
 * Little-endian. "lccheck\n", version (u32), number of slots (u32), length of the file (u64),
 * checksum (u64, FNV-1a of all other bytes), seed (u64), length of the owner's blob (u64). Then the
 * slots in order: bytes of the key (u32), kind (u32), floats (u64), updates (u64), number of
 * moments (u32), 1 for an adaptive rate (u32); the key, filled up with zeros to a multiple of 8
 * bytes; the values and the moments as f32, filled up likewise. Then the blob. */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "store.h"

#define LC__CHECKPOINT_VERSION 1

/* Places in the header. */
enum {
    LC__CHECKPOINT_VERSION_AT = 8,
    LC__CHECKPOINT_SLOTS_AT = 12,
    LC__CHECKPOINT_LENGTH_AT = 16,
    LC__CHECKPOINT_SUM_AT = 24,
    LC__CHECKPOINT_SEED_AT = 32,
    LC__CHECKPOINT_BLOB_AT = 40,
    LC__CHECKPOINT_HEADER = 48
};

/* Replaces the file at once or not at all. Gradients are not saved: call it between steps. */
lc_status lc__checkpoint_save(const lc__store *store, const void *blob, size_t length,
                              const char *path, lc_error *err);

/* The store (lc__store_free()) and the blob (free()) of a checkpoint. LC_EIO, LC_EFORMAT for what
 * is damaged, LC_EUNSUPPORTED for another version; the error names the file. */
lc_status lc__checkpoint_load(const char *path, lc__store **store, void **blob, size_t *length,
                              lc_error *err);

/* The checksum of a file's bytes. */
uint64_t lc__checkpoint_sum(const void *data, size_t length);

#endif
