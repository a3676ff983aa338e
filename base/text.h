/* Strings: a growable one, UTF-8, digests, spelling help. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A string that grows. Start from {0}; after a failed allocation `failed` is set, further calls do
 * nothing and text may be NULL. The owner frees text. */
typedef struct lc__buf {
    char *text;
    size_t length, room;
    bool failed;
} lc__buf;

void lc__buf_add(lc__buf *buf, const char *data, size_t length);
void lc__buf_printf(lc__buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Offset of the first byte that is not part of valid UTF-8 (a NUL counts as invalid), or length. */
size_t lc__utf8_check(const char *text, size_t length);

/* The most bytes of `text`, up to `most`, that end with a whole character of UTF-8. */
size_t lc__utf8_cut(const char *text, size_t most);

/* `text` (NULL counts as "") as it may go to a terminal or into one line of a log, in buf[size];
 * returns buf. Control characters (newlines, escapes, those of C1), what turns the direction of
 * writing around and what is not UTF-8 are shown as \n, \x1b, \u202e; what does not fit
 * is left out at a whole character. */
char *lc__printable(const char *text, char *buf, size_t size);

/* Room for a name that lc__printable() is to show. */
#define LC__SHOWN 256

/* FNV-1a, 64 bit, continued from `hash` (start from LC__FNV_START). */
#define LC__FNV_START UINT64_C(0xcbf29ce484222325)
uint64_t lc__fnv1a(uint64_t hash, const void *data, size_t length);

/* The entry of names[n] nearest to `word` by edit distance, or NULL if none is near: for "did you
 * mean". */
const char *lc__nearest(const char *word, const char *const *names, size_t n);

/* Appends `text` as a JSON string: quoted, with quotes and control characters escaped. */
void lc__buf_json_string(lc__buf *buf, const char *text);

/* strdup that takes NULL (gives NULL). */
char *lc__strdup(const char *text);

/* A latency for people: "812 ns", "4.31 us", "12.4 ms", "1.20 s" in buf[size]; returns buf. */
const char *lc__format_ns(double ns, char *buf, size_t size);

#endif
