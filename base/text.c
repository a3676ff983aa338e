#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(lc__buf *buf, size_t more) {
    if (buf->failed)
        return false;
    if (buf->length + more + 1 <= buf->room)
        return true;
    size_t room = buf->room ? buf->room : 256;
    while (room < buf->length + more + 1)
        room *= 2;
    char *text = realloc(buf->text, room);
    if (!text) {
        buf->failed = true;
        return false;
    }
    buf->text = text;
    buf->room = room;
    return true;
}

void lc__buf_add(lc__buf *buf, const char *data, size_t length) {
    if (!reserve(buf, length))
        return;
    memcpy(buf->text + buf->length, data, length);
    buf->length += length;
    buf->text[buf->length] = '\0';
}

void lc__buf_printf(lc__buf *buf, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0 || !reserve(buf, (size_t)n))
        return;
    va_start(ap, format);
    vsnprintf(buf->text + buf->length, (size_t)n + 1, format, ap);
    va_end(ap);
    buf->length += (size_t)n;
}

void lc__buf_json_string(lc__buf *buf, const char *text) {
    lc__buf_add(buf, "\"", 1);
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            lc__buf_printf(buf, "\\%c", c);
        else if (c < 0x20)
            lc__buf_printf(buf, "\\u%04x", c);
        else
            lc__buf_add(buf, p, 1);
    }
    lc__buf_add(buf, "\"", 1);
}

/* Length of the UTF-8 sequence at p (RFC 3629), or 0 if there is none in `left` bytes. */
static size_t sequence(const unsigned char *p, size_t left) {
    static const struct {
        unsigned char mask, lead;
        size_t length;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 1, 1},
                 {0xe0, 0xc0, 2, 0x80},
                 {0xf0, 0xe0, 3, 0x800},
                 {0xf8, 0xf0, 4, 0x10000}};
    for (size_t f = 0; f < 4; f++) {
        if ((p[0] & forms[f].mask) != forms[f].lead)
            continue;
        if (forms[f].length > left)
            return 0;
        uint32_t code = p[0] & (unsigned char)~forms[f].mask;
        for (size_t i = 1; i < forms[f].length; i++) {
            if ((p[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (p[i] & 0x3fu);
        }
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        return code < forms[f].least || code > 0x10ffff || surrogate ? 0 : forms[f].length;
    }
    return 0;
}

size_t lc__utf8_check(const char *text, size_t length) {
    for (size_t i = 0; i < length;) {
        size_t n = sequence((const unsigned char *)text + i, length - i);
        if (!n)
            return i;
        i += n;
    }
    return length;
}

/* The character that `n` bytes of UTF-8 at p stand for. */
static uint32_t decode(const unsigned char *p, size_t n) {
    uint32_t code = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++)
        code = code << 6 | (p[i] & 0x3fu);
    return code;
}

/* Characters that act on a terminal rather than showing, or make a line look like another one. */
static bool acts(uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0x200e && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* How the character at p is shown, in shown[12]; returns the bytes that it has in the text. */
static size_t show_character(const unsigned char *p, char *shown, size_t size) {
    size_t n = sequence(p, strnlen((const char *)p, 4));
    uint32_t code = n ? decode(p, n) : p[0];
    if (n && !acts(code))
        snprintf(shown, size, "%.*s", (int)n, (const char *)p);
    else if (code == '\n' || code == '\t' || code == '\r')
        snprintf(shown, size, code == '\n' ? "\\n" : code == '\t' ? "\\t" : "\\r");
    else
        snprintf(shown, size, code > 0xff ? "\\u%04x" : "\\x%02x", (unsigned)code);
    return n ? n : 1;
}

char *lc__printable(const char *text, char *buf, size_t size) {
    size_t at = 0;
    char shown[12];
    for (const unsigned char *p = (const unsigned char *)(text ? text : ""); *p;) {
        p += show_character(p, shown, sizeof shown);
        size_t n = strlen(shown);
        if (at + n >= size)
            break;
        memcpy(buf + at, shown, n);
        at += n;
    }
    buf[at] = '\0';
    return buf;
}

size_t lc__utf8_cut(const char *text, size_t most) {
    size_t length = strnlen(text, most + 1);
    if (length <= most)
        return length;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

uint64_t lc__fnv1a(uint64_t hash, const void *data, size_t length) {
    const unsigned char *p = data;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Levenshtein distance, cut off: words of more than 40 letters are not compared. */
static size_t distance(const char *a, const char *b) {
    size_t row[41], la = strlen(a), lb = strlen(b);
    if (la > 40 || lb > 40)
        return 99;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[lb];
}

const char *lc__nearest(const char *word, const char *const *names, size_t n) {
    const char *best = NULL;
    size_t least = strlen(word) / 3 + 2;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, names[i]);
        if (d < least) {
            least = d;
            best = names[i];
        }
    }
    return best;
}

char *lc__strdup(const char *text) {
    return text ? strdup(text) : NULL;
}

const char *lc__format_ns(double ns, char *buf, size_t size) {
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    size_t u = 0;
    while (u < 3 && ns < units[u].unit)
        u++;
    double x = ns / units[u].unit;
    snprintf(buf, size, "%.*f %s", x < 10 ? 2 : x < 100 ? 1 : 0, x, units[u].name);
    return buf;
}
