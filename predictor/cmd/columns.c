#include "columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tasks/table.h"

static void release_table(void *owner) {
    lc__table_clear(owner);
    free(owner);
}

/* Every net's name, read as the space writes it: a table of another space is refused at once. */
static lc_status check_nets(const lc__table *table, const char *space_name, lc_error *err) {
    const lc_space *space;
    int choices[LC_NET_MAX_CHOICES];
    lc_status s = lc__space_named(space_name, &space, err);
    for (size_t i = 0; i < table->n_rows && !s; i++) {
        s = space->parse(table->archs[i], choices, err);
        if (s && err)
            err->line = lc__table_line(table, i);
    }
    return s;
}

/* Moves the columns that are kept together. */
static lc_status take_columns(const lc__table *table, const bool *left_out, lc__columns *out,
                              lc_error *err) {
    size_t rows = table->n_rows;
    out->n_rows = rows;
    out->name = calloc(table->n_devices + 1, sizeof *out->name);
    out->values = malloc((table->n_devices * rows + 1) * sizeof *out->values);
    if (!out->name || !out->values)
        return lc__no_memory(err);
    for (size_t d = 0; d < table->n_devices; d++) {
        if (left_out[d])
            continue;
        memcpy(out->values + out->n * rows, table->values + d * rows, rows * sizeof *out->values);
        out->name[out->n++] = table->devices[d];
    }
    return LC_OK;
}

lc_status lc__columns_of_table(const char *path, const char *space, const lc__list *without,
                               lc__columns *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    lc__table *table = calloc(1, sizeof *table);
    if (!table)
        return lc__no_memory(err);
    out->owner = table;
    out->release = release_table;
    lc_status s = lc__table_load(path, table, err);
    if (!s && space) {
        s = check_nets(table, space, err);
        if (s)
            lc_error_in_file(err, path);
    }
    if (s)
        return s;
    bool *left_out = calloc(table->n_devices + 1, sizeof *left_out);
    s = left_out ? LC_OK : lc__no_memory(err);
    if (!s)
        s = lc__names_without(table->devices, table->n_devices, without, "the table", left_out,
                              err);
    if (!s)
        s = take_columns(table, left_out, out, err);
    free(left_out);
    return s;
}

void lc__columns_clear(lc__columns *columns) {
    free(columns->name);
    free(columns->values);
    if (columns->release)
        columns->release(columns->owner);
    memset(columns, 0, sizeof *columns);
}

lc_status lc__columns_agree(const lc__columns *columns, size_t least, lc__agreement *out,
                            lc_error *err) {
    lc_status s =
        lc__agreement_measure(columns->values, columns->n, columns->n_rows, least, out, err);
    for (size_t i = 0; i < columns->n && !s; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!isnan(out->rho[i * columns->n + j]))
                continue;
            lc_error_set(err, LC_EFORMAT,
                         "%.80s and %.80s were measured on only %zu nets in common, fewer than "
                         "%zu; leave one out (--without) or lower --least",
                         columns->name[j], columns->name[i], out->common[i * columns->n + j],
                         least);
            return LC_EFORMAT;
        }
    }
    return s;
}
