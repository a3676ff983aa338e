/* An upload's body taken apart line by line and put into the store. */
#ifndef COLLECTOR_INGEST_H
#define COLLECTOR_INGEST_H

#include "base/text.h"
#include "store.h"

#define INGEST_MAX_LINES 10000
#define INGEST_MAX_LINE_BYTES ((size_t)1 << 20)

/* What became of the lines. Every sample that is not among `refused` is stored. */
typedef struct ingest_report {
    size_t accepted, duplicates, refused;
    lc__buf refused_json; /* elements of an array, without its brackets; free() its text */
} ingest_report;

/* Lines that are not blank. */
size_t ingest_count_lines(const char *body, size_t length);

/* Stores the good lines in one transaction and reports on the others. LC_OK when that transaction
 * is on disk. Otherwise nothing was kept, and LC_EIO (full, busy) or LC_ENOMEM says why; the report
 * must be released all the same. */
lc_status ingest(store *s, const char *body, size_t length, ingest_report *report, lc_error *err);

#endif
