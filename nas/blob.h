/* States as bytes: magic, version, kind and owner, numbers, checksum; little-endian words. */
#ifndef NAS_BLOB_H
#define NAS_BLOB_H

#include <stdint.h>
#include "base/text.h"
#include "latcast/status.h"

typedef enum lc__blob_kind { LC__BLOB_SEARCH = 1, LC__BLOB_ACCURACIES } lc__blob_kind;

/* Writing: begin, words and numbers, end. `owner` is a digest of what the state belongs to. */
void lc__blob_begin(lc__buf *buf, lc__blob_kind kind, uint64_t owner);
void lc__blob_word(lc__buf *buf, uint64_t word);
void lc__blob_numbers(lc__buf *buf, const double *x, size_t n);
/* Hands the bytes over (free()). */
lc_status lc__blob_end(lc__buf *buf, unsigned char **bytes, size_t *length, lc_error *err);

typedef struct lc__blob {
    const unsigned char *at;
    size_t words; /* left */
} lc__blob;

/* Reading: LC_EFORMAT for what is damaged, LC_EUSAGE for another kind's or owner's. Afterwards
 * words and numbers up to blob->words. */
lc_status lc__blob_open(const unsigned char *bytes, size_t length, lc__blob_kind kind,
                        uint64_t owner, lc__blob *out, lc_error *err);
uint64_t lc__blob_take(lc__blob *blob);
void lc__blob_take_numbers(lc__blob *blob, double *x, size_t n);

#endif
