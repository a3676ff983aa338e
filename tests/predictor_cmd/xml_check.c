#include "xml_check.h"

#include <stdio.h>
#include <string.h>

#define DEEPEST 16

typedef struct reader {
    const char *at, *begin;
    const char *open[DEEPEST]; /* names of the elements that are open */
    size_t length[DEEPEST], depth;
    bool closed; /* the root element was */
} reader;

static size_t name_length(const char *text) {
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:");
}

/* Length of "&name;" or "&#number;", 0 if it is none. */
static size_t reference_length(const char *at) {
    size_t n = at[1] == '#' ? strspn(at + 2, "0123456789") : name_length(at + 1);
    size_t end = n + (at[1] == '#' ? 2 : 1);
    return n && at[end] == ';' ? end + 1 : 0;
}

/* Passes over text up to `stop` or '<'; false at a bare '&' or the end. */
static bool read_text(reader *r, char stop) {
    while (*r->at && *r->at != stop && *r->at != '<') {
        if (*r->at == '&' && !reference_length(r->at))
            return false;
        r->at++;
    }
    return *r->at == stop || (stop == '<' && *r->at == '<');
}

static bool read_attributes(reader *r) {
    while (*r->at == ' ' || *r->at == '\n') {
        r->at += strspn(r->at, " \n");
        size_t n = name_length(r->at);
        if (!n)
            return true;
        if (r->at[n] != '=' || r->at[n + 1] != '"')
            return false;
        r->at += n + 2;
        if (!read_text(r, '"'))
            return false;
        r->at++;
    }
    return true;
}

/* A tag, from behind its '<'. */
static bool read_tag(reader *r) {
    bool end = *r->at == '/';
    r->at += end;
    const char *name = r->at;
    size_t n = name_length(name);
    r->at += n;
    if (!n || r->closed)
        return false;
    if (end) {
        if (r->depth == 0 || n != r->length[r->depth - 1] ||
            strncmp(name, r->open[r->depth - 1], n) != 0)
            return false;
        r->closed = --r->depth == 0;
        return *r->at++ == '>';
    }
    if (!read_attributes(r))
        return false;
    if (r->at[0] == '/' && r->at[1] == '>') {
        r->at += 2;
        return r->depth > 0;
    }
    if (r->depth == DEEPEST || *r->at != '>')
        return false;
    r->at++;
    r->open[r->depth] = name;
    r->length[r->depth++] = n;
    return true;
}

bool xml_well_formed(const char *text, char *why, size_t size) {
    reader r = {.at = text, .begin = text};
    bool ok = true;
    while (ok && !r.closed) {
        ok = read_text(&r, '<');
        r.at += ok;
        ok = ok && read_tag(&r);
    }
    ok = ok && r.at[strspn(r.at, "\n ")] == '\0';
    snprintf(why, size, "at byte %td: %.40s", r.at - r.begin, ok ? "" : r.at);
    return ok;
}
