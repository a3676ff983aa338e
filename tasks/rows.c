#include "tasks/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

typedef struct lc__rows_cell {
    size_t arch, device;
    double value;
} cell;

/* Room for one more element in items[n]; *room grows with it. NULL when out of memory. */
static void *grow(void *items, size_t n, size_t *room, size_t size) {
    if (n < *room)
        return items;
    size_t more = *room ? 2 * *room : 64;
    void *larger = realloc(items, more * size);
    if (larger)
        *room = more;
    return larger;
}

static lc_status add_name(lc__rows *rows, lc__name_list *list, const char *name, size_t *place,
                          lc_error *err) {
    size_t *at = grow(list->at, list->n, &list->room, sizeof *at);
    if (!at)
        return lc__no_memory(err);
    list->at = at;
    at[list->n] = rows->text.length;
    lc__buf_add(&rows->text, name, strlen(name) + 1);
    if (rows->text.failed)
        return lc__no_memory(err);
    *place = list->n++;
    return LC_OK;
}

static lc_status find_or_add(lc__rows *rows, lc__name_list *list, const char *name, size_t *place,
                             lc_error *err) {
    for (size_t i = 0; i < list->n; i++) {
        if (!strcmp(rows->text.text + list->at[i], name)) {
            *place = i;
            return LC_OK;
        }
    }
    return add_name(rows, list, name, place, err);
}

static lc_status add_cell(lc__rows *rows, size_t arch, size_t device, double value, lc_error *err) {
    cell *cells = grow(rows->cells, rows->n, &rows->room, sizeof *cells);
    if (!cells)
        return lc__no_memory(err);
    rows->cells = cells;
    cells[rows->n++] = (cell){arch, device, value};
    return LC_OK;
}

lc_status lc__rows_add(lc__rows *rows, const char *arch, const char *device, double value,
                       lc_error *err) {
    size_t row = 0, column = 0;
    lc_status s = find_or_add(rows, &rows->archs, arch, &row, err);
    if (!s)
        s = find_or_add(rows, &rows->devices, device, &column, err);
    for (size_t i = 0; i < rows->n && !s; i++)
        if (rows->cells[i].arch == row && rows->cells[i].device == column)
            s = lc_error_set(err, LC_EFORMAT, "this net was measured on %.80s already", device);
    return s ? s : add_cell(rows, row, column, value, err);
}

lc_status lc__rows_add_new(lc__rows *rows, const char *arch, const char *device, double value,
                           lc_error *err) {
    size_t row = 0, column = 0;
    lc_status s = add_name(rows, &rows->archs, arch, &row, err);
    if (!s)
        s = find_or_add(rows, &rows->devices, device, &column, err);
    return s ? s : add_cell(rows, row, column, value, err);
}

static const char **names(const lc__rows *rows, const lc__name_list *list) {
    const char **name = malloc((list->n + 1) * sizeof *name);
    for (size_t i = 0; name && i < list->n; i++)
        name[i] = rows->text.text + list->at[i];
    return name;
}

lc_status lc__rows_finish(lc__rows *rows, const char *unit, lc__table *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    if (rows->n == 0)
        return lc_error_set(err, LC_EFORMAT, "there are no measurements");
    size_t n = rows->archs.n * rows->devices.n;
    *out = (lc__table){.text = rows->text.text,
                       .devices = names(rows, &rows->devices),
                       .archs = names(rows, &rows->archs),
                       .values = malloc((n + 1) * sizeof *out->values),
                       .unit = unit,
                       .n_devices = rows->devices.n,
                       .n_rows = rows->archs.n};
    rows->text = (lc__buf){0};
    if (!out->devices || !out->archs || !out->values) {
        lc__table_clear(out);
        return lc__no_memory(err);
    }
    for (size_t i = 0; i < n; i++)
        out->values[i] = NAN;
    for (size_t i = 0; i < rows->n; i++)
        out->values[rows->cells[i].device * out->n_rows + rows->cells[i].arch] =
            rows->cells[i].value;
    lc__rows_clear(rows);
    return LC_OK;
}

void lc__rows_clear(lc__rows *rows) {
    free(rows->text.text);
    free(rows->archs.at);
    free(rows->devices.at);
    free(rows->cells);
    memset(rows, 0, sizeof *rows);
}
