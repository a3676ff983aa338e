/* Cycles of layers by their bits, from CSV. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "bits.h"

#define HEADER "layer,weight_bits,activation_bits,cycles"
#define BYTES_MAX ((size_t)16 << 20)
#define CYCLES_MAX 1e15

enum { COLUMNS = 4, BITS_MAX = 16 };

typedef struct reader {
    const lc_nas_bits *bits;
    double *cycles; /* [layers][BITS_MAX][BITS_MAX], 0: no row */
    int *lines;     /* likewise: where the row stands */
    int line;
    lc_error *err;
} reader;

static lc_status fail(const reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static lc_status fail(const reader *r, const char *format, ...) {
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lc_error_set(r->err, LC_EFORMAT, "%s", text);
    if (r->err)
        r->err->line = r->line;
    return LC_EFORMAT;
}

/* Cuts a line or a field off *rest at `end`; NULL when it is used up. */
static char *cut(char **rest, char end) {
    char *start = *rest, *at = start ? strchr(start, end) : NULL;
    *rest = at ? at + 1 : NULL;
    if (at)
        *at = '\0';
    return start;
}

static lc_status read_integer(const reader *r, const char *field, const char *column, long least,
                              long most, long *value) {
    char *end;
    errno = 0;
    *value = strtol(field, &end, 10);
    if (end == field || *end || errno || field[strspn(field, "0123456789")])
        return fail(r, "%s is \"%.30s\"; write a whole number", column, field);
    if (*value < least || *value > most)
        return fail(r, "%s must be in %ld .. %ld, is %ld", column, least, most, *value);
    return LC_OK;
}

static lc_status read_cycles(const reader *r, const char *field, double *cycles) {
    char *end;
    *cycles = strtod(field, &end);
    if (end == field || *end || field[strspn(field, "0123456789.eE+")])
        return fail(r, "cycles is \"%.30s\"; write a number", field);
    if (!(*cycles > 0 && *cycles <= CYCLES_MAX))
        return fail(r, "cycles must be above 0 and at most %g, is %.30s", CYCLES_MAX, field);
    return LC_OK;
}

static size_t cell(long layer, long weight, long activation) {
    return ((size_t)layer * BITS_MAX + (size_t)weight - 1) * BITS_MAX + (size_t)activation - 1;
}

static lc_status read_row(reader *r, char *line) {
    char *field[COLUMNS], *rest = line;
    long layer = 0, weight = 0, activation = 0;
    double cycles = 0;
    for (int i = 0; i < COLUMNS; i++) {
        field[i] = cut(&rest, ',');
        if (!field[i])
            return fail(r, "%d columns; a row has %d, as the header: " HEADER, i, COLUMNS);
    }
    if (rest)
        return fail(r, "more than %d columns; a row is " HEADER, COLUMNS);
    lc_status st = read_integer(r, field[0], "layer", 0, r->bits->problem.n_positions - 1, &layer);
    if (st == LC_OK)
        st = read_integer(r, field[1], "weight_bits", 1, BITS_MAX, &weight);
    if (st == LC_OK)
        st = read_integer(r, field[2], "activation_bits", 1, BITS_MAX, &activation);
    if (st == LC_OK)
        st = read_cycles(r, field[3], &cycles);
    if (st != LC_OK)
        return st;
    size_t at = cell(layer, weight, activation);
    if (r->lines[at])
        return fail(r, "layer %ld with %ld and %ld bits is on line %d already; drop one", layer,
                    weight, activation, r->lines[at]);
    r->lines[at] = r->line;
    r->cycles[at] = cycles;
    return LC_OK;
}

static char *next_line(reader *r, char **rest) {
    char *line = *rest && **rest ? cut(rest, '\n') : NULL;
    size_t n = line ? strlen(line) : 0;
    if (n > 0 && line[n - 1] == '\r')
        line[n - 1] = '\0';
    r->line++;
    return line;
}

static lc_status read_rows(reader *r, char *text, size_t length) {
    static const char mark[] = "\xef\xbb\xbf"; /* of the byte order: spreadsheets write it */
    lc_status st = LC_OK;
    if (strlen(text) < length)
        return fail(r, "the file holds a zero byte; it is to be plain text");
    char *rest = text + (strncmp(text, mark, 3) ? 0 : 3), *line = next_line(r, &rest);
    if (!line || strcmp(line, HEADER) != 0)
        return fail(r, "the first line must be " HEADER ", is \"%.60s\"", line ? line : "");
    while (st == LC_OK && (line = next_line(r, &rest)))
        st = read_row(r, line);
    return st;
}

/* The cells of the options. */
static lc_status collect(const reader *r, double *table) {
    const lc_nas_problem *p = &r->bits->problem;
    size_t missing = 0;
    int layer = 0;
    lc_nas_width first = {0, 0};
    for (int i = 0; i < p->n_positions; i++)
        for (int o = 0; o < p->n_options[i]; o++) {
            lc_nas_width w = lc_nas_bits_width(r->bits, i, o);
            *table = r->cycles[cell(i, w.weight, w.activation)];
            if (*table++ > 0)
                continue;
            if (missing++ == 0) {
                layer = i;
                first = w;
            }
        }
    if (missing == 0)
        return LC_OK;
    char others[60] = "";
    if (missing > 1)
        snprintf(others, sizeof others, ", and %zu rows more", missing - 1);
    lc_error_set(r->err, LC_EFORMAT,
                 "no row for layer %d (node %.60s) with %d bits of weights and %d of "
                 "activations%s; the net's %d layers need all pairs of %d to %d bits",
                 layer, lc_nas_bits_layer(r->bits, layer)->id, first.weight, first.activation,
                 others, p->n_positions, LC_NAS_BITS_LEAST, LC_NAS_BITS_MOST);
    return LC_EFORMAT;
}

lc_status lc_nas_bits_cycles(const lc_nas_bits *bits, const char *path, double *table,
                             lc_error *err) {
    size_t cells = (size_t)bits->problem.n_positions * BITS_MAX * BITS_MAX, length;
    char *text;
    lc_status st = lc__file_read(path, BYTES_MAX, &text, &length, err);
    if (st != LC_OK)
        return st;
    reader r = {.bits = bits,
                .cycles = calloc(cells, sizeof *r.cycles),
                .lines = calloc(cells, sizeof *r.lines),
                .err = err};
    st = r.cycles && r.lines ? read_rows(&r, text, length) : lc__no_memory(err);
    if (st == LC_OK)
        st = collect(&r, table);
    free(r.cycles);
    free(r.lines);
    free(text);
    if (st != LC_OK)
        lc_error_in_file(err, path);
    return st;
}
