/* Reading JSON that people and programs hand in, so that every complaint names file, JSON path and
 * line. A cursor is a value together with the way that led to it; cursors live on the stack and
 * point to their parents, so a parent must outlive its children.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdint.h>
#include "latcast/status.h"

/* Largest file read whole; larger ones are refused before they are read. */
#define LC__JSON_MAX_BYTES ((size_t)64 << 20)

typedef struct lc__doc {
    char *text; /* owned, NUL-terminated */
    size_t length;
    char file[256];
    int line0; /* lines of the file before the text */
    cJSON *root;
} lc__doc;

typedef struct lc__cur {
    const lc__doc *doc;
    const cJSON *v;
    const struct lc__cur *up; /* NULL at the root */
    const char *key;          /* name in `up`, or NULL for an element */
    int index;                /* index in `up` */
} lc__cur;

/* Parses text[length] (copied). Refuses what is not UTF-8, numbers that overflow to infinity,
 * nesting beyond 64 levels, repeated keys in one object, and anything after the value. */
lc_status lc__doc_parse(lc__doc *doc, const char *text, size_t length, const char *file, int line0,
                        lc_error *err);
lc_status lc__doc_load(lc__doc *doc, const char *path, lc_error *err);
void lc__doc_clear(lc__doc *doc);
lc__cur lc__doc_root(const lc__doc *doc);

/* Fills err with the place of the cursor and a message; returns code. */
lc_status lc__json_fail(const lc__cur *cur, lc_error *err, lc_status code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Member `key` of an object: `need` fails when it is missing, `get` returns false (also for an
 * explicit null). */
lc_status lc__json_need(const lc__cur *cur, const char *key, lc__cur *out, lc_error *err);
bool lc__json_get(const lc__cur *cur, const char *key, lc__cur *out);

/* Type checks with a message. */
lc_status lc__json_object(const lc__cur *cur, lc_error *err);
lc_status lc__json_array(const lc__cur *cur, lc_error *err);
int lc__json_size(const lc__cur *cur); /* elements of an array, members of an object */

/* Elements in order: starts at the first, false at the end. Use as
 *   lc__cur e; for (bool ok = lc__json_first(&arr, &e); ok; ok = lc__json_next(&e)) */
bool lc__json_first(const lc__cur *array, lc__cur *out);
bool lc__json_next(lc__cur *element);

/* The value of a cursor as a number in [lo, hi], an integer, a string (valid while the doc is), a
 * boolean. */
lc_status lc__json_num(const lc__cur *cur, double lo, double hi, double *out, lc_error *err);
lc_status lc__json_int(const lc__cur *cur, int64_t lo, int64_t hi, int64_t *out, lc_error *err);
lc_status lc__json_str(const lc__cur *cur, const char **out, lc_error *err);
lc_status lc__json_bool(const lc__cur *cur, bool *out, lc_error *err);

/* Required members in one step. */
lc_status lc__json_need_num(const lc__cur *cur, const char *key, double lo, double hi, double *out,
                            lc_error *err);
lc_status lc__json_need_int(const lc__cur *cur, const char *key, int64_t lo, int64_t hi,
                            int64_t *out, lc_error *err);
lc_status lc__json_need_str(const lc__cur *cur, const char *key, const char **out, lc_error *err);
lc_status lc__json_need_bool(const lc__cur *cur, const char *key, bool *out, lc_error *err);

/* Checks that member schema_version is `version`: LC_EFORMAT when missing, LC_EUNSUPPORTED naming
 * both versions otherwise. */
lc_status lc__json_version(const lc__cur *cur, int version, lc_error *err);

/* The value as one line of JSON (free()); NULL when out of memory. */
char *lc__json_print(const cJSON *value);

/* 1-based line on which the value of a path starts in JSON text that parsed. */
int lc__json_locate(const char *text, const lc__cur *cur);

/* The text of a value: its first byte in the document, and the byte after a value that starts at
 * `value`. For keeping an object exactly as it was read. The cursor's tree must be unchanged. */
const char *lc__json_start(const lc__cur *cur);
const char *lc__json_end(const char *value);

/* Adds s to an object, keeping whole numbers whole and doubles to 17 digits at most. Returns false
 * when out of memory. */
bool lc__json_add_num(cJSON *object, const char *key, double value);

#endif
