#include "blob.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

#define MAGIC UINT64_C(0x0a73616e74616c0a)
#define VERSION 1
enum { HEADER_WORDS = 4, SUM_WORDS = 1 };

void lc__blob_word(lc__buf *buf, uint64_t word) {
    uint64_t little = htole64(word);
    lc__buf_add(buf, (const char *)&little, sizeof little);
}

void lc__blob_begin(lc__buf *buf, lc__blob_kind kind, uint64_t owner) {
    lc__blob_word(buf, MAGIC);
    lc__blob_word(buf, VERSION);
    lc__blob_word(buf, kind);
    lc__blob_word(buf, owner);
}

void lc__blob_numbers(lc__buf *buf, const double *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t word;
        memcpy(&word, &x[i], sizeof word);
        lc__blob_word(buf, word);
    }
}

lc_status lc__blob_end(lc__buf *buf, unsigned char **bytes, size_t *length, lc_error *err) {
    if (!buf->failed)
        lc__blob_word(buf, lc__fnv1a(LC__FNV_START, buf->text, buf->length));
    if (buf->failed) {
        free(buf->text);
        return lc__no_memory(err);
    }
    *bytes = (unsigned char *)buf->text;
    *length = buf->length;
    return LC_OK;
}

uint64_t lc__blob_take(lc__blob *blob) {
    uint64_t little;
    memcpy(&little, blob->at, sizeof little);
    blob->at += sizeof little;
    blob->words--;
    return le64toh(little);
}

void lc__blob_take_numbers(lc__blob *blob, double *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t word = lc__blob_take(blob);
        memcpy(&x[i], &word, sizeof word);
    }
}

lc_status lc__blob_open(const unsigned char *bytes, size_t length, lc__blob_kind kind,
                        uint64_t owner, lc__blob *out, lc_error *err) {
    const size_t word = sizeof(uint64_t), least = (HEADER_WORDS + SUM_WORDS) * word;
    if (length < least || length % word != 0)
        return lc_error_set(err, LC_EFORMAT, "the state is truncated: %zu bytes", length);
    *out = (lc__blob){bytes + length - word, SUM_WORDS};
    uint64_t sum = lc__blob_take(out);
    *out = (lc__blob){bytes, length / word - SUM_WORDS};
    if (lc__blob_take(out) != MAGIC)
        return lc_error_set(err, LC_EFORMAT, "this is no state of a search");
    if (sum != lc__fnv1a(LC__FNV_START, bytes, length - word))
        return lc_error_set(err, LC_EFORMAT,
                            "the state is damaged: its checksum does not match; take an older one");
    uint64_t version = lc__blob_take(out), its_kind = lc__blob_take(out);
    if (version != VERSION)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "the state is of version %llu, this build reads version %d",
                            (unsigned long long)version, VERSION);
    if (its_kind != kind || lc__blob_take(out) != owner)
        return lc_error_set(err, LC_EUSAGE,
                            "the state is of another search: continue it with the problem, options "
                            "and seed that it was begun with");
    return LC_OK;
}
