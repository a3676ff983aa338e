#include "tasks/netfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

#define MAX_BYTES ((size_t)1 << 30)

/* Rows of the table by name, and what was read for each. */
typedef struct index {
    const lc__table *table;
    size_t *order;    /* [n_rows] rows, sorted by arch */
    int *line;        /* [n_rows] of the net in its file; 0: none yet */
    uint64_t *digest; /* [n_rows] of the net */
    int nameless;     /* first line that holds a net without a name; 0: none */
} index_t;

static int by_arch(const void *a, const void *b, void *table) {
    const lc__table *t = table;
    return strcmp(t->archs[*(const size_t *)a], t->archs[*(const size_t *)b]);
}

static lc_status build_index(lc__table *table, index_t *x, lc_error *err) {
    x->table = table;
    x->order = malloc(table->n_rows * sizeof *x->order);
    x->line = calloc(table->n_rows, sizeof *x->line);
    x->digest = calloc(table->n_rows, sizeof *x->digest);
    if (!x->order || !x->line || !x->digest)
        return lc__no_memory(err);
    for (size_t i = 0; i < table->n_rows; i++)
        x->order[i] = i;
    qsort_r(x->order, table->n_rows, sizeof *x->order, by_arch, table);
    return LC_OK;
}

/* The row of a name, or n_rows. */
static size_t find(const index_t *x, const char *name) {
    size_t low = 0, high = x->table->n_rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(x->table->archs[x->order[middle]], name);
        if (!order)
            return x->order[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return x->table->n_rows;
}

/* Takes the net of line `line` up where the table names it. */
static lc_status place(lc__dataset *data, index_t *x, const lc_net *net, int line, lc_error *err) {
    size_t row = find(x, lc_net_name(net));
    if (!*lc_net_name(net) && !x->nameless)
        x->nameless = line;
    if (row == x->table->n_rows) {
        if (data->n_unused++ == 0)
            snprintf(data->one_unused, sizeof data->one_unused, "%s", lc_net_name(net));
        return LC_OK;
    }
    if (x->line[row]) {
        lc_error_set(err, LC_EFORMAT, "net \"%.80s\" is on line %d already; names must differ",
                     lc_net_name(net), x->line[row]);
        if (err)
            err->line = line;
        return LC_EFORMAT;
    }
    x->line[row] = line;
    x->digest[row] = lc_net_digest(net);
    return lc__dataset_set(data, row, net, err);
}

static lc_status read_lines(const char *text, const char *path, lc__dataset *data, index_t *x,
                            lc_error *err) {
    int line = 0;
    for (const char *at = text; *at; line++) {
        size_t length = strcspn(at, "\n");
        if (strspn(at, " \t\r") < length) { /* a blank line separates, nothing more */
            lc_net *net;
            lc_status s = lc_net_parse(at, length, path, line, &net, err);
            if (s)
                return s;
            s = place(data, x, net, line + 1, err);
            lc_net_free(net);
            if (s)
                return s;
        }
        at += length + (at[length] == '\n');
    }
    return LC_OK;
}

/* A row without a net can be neither learned from nor forecast. */
static lc_status check_all(const index_t *x, const char *table_path, lc_error *err) {
    size_t missing = 0, first = 0;
    for (size_t i = x->table->n_rows; i-- > 0;) {
        if (!x->line[i]) {
            missing++;
            first = i;
        }
    }
    if (!missing)
        return LC_OK;
    char others[60] = "", nameless[80] = "";
    if (missing > 1)
        snprintf(others, sizeof others, ", nor as %zu more of its rows", missing - 1);
    if (x->nameless)
        snprintf(nameless, sizeof nameless, "; the net on line %d has no \"name\"", x->nameless);
    lc_error_set(err, LC_EFORMAT,
                 "no net is called \"%.80s\" (line %zu of %.120s)%s; a net's name must match the "
                 "table's arch column%s",
                 x->table->archs[first], first + 2, table_path, others, nameless);
    return LC_EFORMAT;
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* How many rows hold a net that another row holds under another name; sorts the digests. */
static size_t count_alike(index_t *x) {
    size_t alike = 0;
    qsort(x->digest, x->table->n_rows, sizeof *x->digest, by_value);
    for (size_t i = 1; i < x->table->n_rows; i++)
        alike += x->digest[i] == x->digest[i - 1];
    return alike;
}

lc_status lc__netfile_load(const char *path, lc__dataset *data, lc_error *err) {
    index_t x = {0};
    char *text = NULL;
    size_t length;
    lc_status s = lc__file_read(path, MAX_BYTES, &text, &length, err);
    if (!s && strlen(text) < length)
        s = lc_error_set(err, LC_EFORMAT, "a zero byte at %zu, so this is no text: copy it again",
                         strlen(text));
    if (!s)
        s = build_index(&data->table, &x, err);
    if (!s)
        s = read_lines(text, path, data, &x, err);
    if (!s)
        s = check_all(&x, data->path, err);
    if (!s)
        data->n_alike = count_alike(&x);
    free(x.order);
    free(x.digest);
    free(x.line);
    free(text);
    if (s)
        lc_error_in_file(err, path);
    return s;
}
