#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

const char *lc__quantity_name(lc__quantity quantity) {
    return quantity == LC__TABLE_ENERGY_MJ ? "energy_mj" : "latency_ms";
}

/* A sample and where it comes from. */
typedef struct entry {
    uint64_t digest;
    size_t device, sample, order; /* order: among all, device by device */
} entry;

static int by_digest(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->digest != y->digest)
        return x->digest < y->digest ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* A row of samples, in the order of the first of them. */
typedef struct group {
    size_t begin, end, order;
} group;

static int by_order(const void *a, const void *b) {
    const group *x = a, *y = b;
    return x->order < y->order ? -1 : 1;
}

static double value_of(const lc_sample *s, lc__quantity quantity) {
    return quantity == LC__TABLE_ENERGY_MJ ? s->energy_uj / 1e3 : s->latency_ns / 1e6;
}

/* Of a net that a device measured more than once the first sample counts, as device.json has them
 * in the order in which they were taken. */
static lc_status fill_row(const lc_device *devices, const entry *entries, const group *g,
                          lc__quantity quantity, const lc__table *t, lc__table_row *row,
                          lc_error *err) {
    const entry *first = &entries[g->begin];
    const lc_net *net = devices[first->device].samples[first->sample].net;
    row->digest = first->digest;
    row->position = row->option = -1;
    row->name = lc__strdup(lc_net_name(net));
    row->value = malloc((t->n_devices + 1) * sizeof *row->value);
    if (!row->name || !row->value)
        return lc__no_memory(err);
    for (size_t d = 0; d < t->n_devices; d++)
        row->value[d] = NAN;
    for (size_t i = g->end; i-- > g->begin;)
        row->value[entries[i].device] =
            value_of(&devices[entries[i].device].samples[entries[i].sample], quantity);
    return LC_OK;
}

static size_t collect(const lc_device *devices, size_t n, lc_sample_kind kind, entry *entries) {
    size_t count = 0, order = 0;
    for (size_t d = 0; d < n; d++)
        for (size_t i = 0; i < devices[d].n_samples; i++, order++)
            if (devices[d].samples[i].kind == kind)
                entries[count++] = (entry){lc_net_digest(devices[d].samples[i].net), d, i, order};
    qsort(entries, count, sizeof *entries, by_digest);
    return count;
}

static size_t part(const entry *entries, size_t n, group *groups) {
    size_t rows = 0;
    for (size_t i = 0; i < n; rows++) {
        group *g = &groups[rows];
        *g = (group){i, i, entries[i].order};
        while (g->end < n && entries[g->end].digest == entries[i].digest)
            g->end++;
        i = g->end;
    }
    qsort(groups, rows, sizeof *groups, by_order);
    return rows;
}

static lc_status fill(lc__table *t, const lc_device *devices, lc_sample_kind kind,
                      lc__quantity quantity, entry *entries, group *groups, lc_error *err) {
    size_t n = collect(devices, t->n_devices, kind, entries), rows = part(entries, n, groups);
    lc_status s = LC_OK;
    t->rows = calloc(rows + 1, sizeof *t->rows);
    t->device = calloc(t->n_devices + 1, sizeof *t->device);
    if (!t->rows || !t->device)
        return lc__no_memory(err);
    for (size_t d = 0; d < t->n_devices; d++)
        t->device[d] = devices[d].name;
    for (size_t i = 0; i < rows && !s; i++)
        s = fill_row(devices, entries, &groups[i], quantity, t, &t->rows[t->n_rows++], err);
    return s;
}

lc_status lc__table_make(const lc_device *devices, size_t n, lc_sample_kind kind,
                         lc__quantity quantity, lc__table *out, lc_error *err) {
    size_t total = 0;
    *out = (lc__table){.n_devices = n};
    for (size_t d = 0; d < n; d++)
        total += devices[d].n_samples;
    entry *entries = malloc((total + 1) * sizeof *entries);
    group *groups = malloc((total + 1) * sizeof *groups);
    lc_status s = entries && groups ? fill(out, devices, kind, quantity, entries, groups, err)
                                    : lc__no_memory(err);
    free(entries);
    free(groups);
    if (!s && out->n_rows == 0)
        s = lc_error_set(err, LC_EFORMAT, "no samples of %s: measure a plan of them first",
                         kind == LC_SAMPLE_OP ? "single operators" : "nets");
    if (s)
        lc__table_clear(out);
    return s;
}

void lc__table_clear(lc__table *table) {
    for (size_t i = 0; i < table->n_rows; i++) {
        free(table->rows[i].name);
        free(table->rows[i].value);
    }
    free(table->rows);
    free(table->device);
    memset(table, 0, sizeof *table);
}

/* ---- finding rows ---- */

static int rows_by_digest(const void *a, const void *b, void *table) {
    const lc__table_row *rows = ((const lc__table *)table)->rows;
    uint64_t x = rows[*(const size_t *)a].digest, y = rows[*(const size_t *)b].digest;
    return x < y ? -1 : x > y;
}

size_t *lc__table_sort(const lc__table *table) {
    size_t *sorted = malloc((table->n_rows + 1) * sizeof *sorted);
    for (size_t i = 0; sorted && i < table->n_rows; i++)
        sorted[i] = i;
    if (sorted)
        qsort_r(sorted, table->n_rows, sizeof *sorted, rows_by_digest, (void *)table);
    return sorted;
}

size_t lc__table_find(const lc__table *table, const size_t *sorted, uint64_t digest) {
    size_t low = 0, high = table->n_rows;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (table->rows[sorted[middle]].digest < digest)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < table->n_rows && table->rows[sorted[low]].digest == digest;
    return found ? sorted[low] : table->n_rows;
}

/* ---- writing ---- */

/* As RFC 4180 has it: in quotes where it holds a comma, a quote or a line break. */
static void add_field(lc__buf *b, const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        lc__buf_printf(b, "%s", text);
        return;
    }
    lc__buf_add(b, "\"", 1);
    for (const char *p = text; *p; p++)
        lc__buf_printf(b, *p == '"' ? "\"\"" : "%c", *p);
    lc__buf_add(b, "\"", 1);
}

static void add_csv_row(lc__buf *b, const lc__table *t, const lc__table_row *row) {
    if (t->space && row->position >= 0)
        lc__buf_printf(b, "%d,%d,", row->position, row->option);
    else if (t->space)
        lc__buf_printf(b, ",,");
    add_field(b, row->name);
    for (size_t d = 0; d < t->n_devices; d++)
        if (isfinite(row->value[d]))
            lc__buf_printf(b, ",%.9g", row->value[d]);
        else
            lc__buf_add(b, ",", 1);
    lc__buf_add(b, "\n", 1);
}

char *lc__table_csv(const lc__table *table) {
    lc__buf b = {0};
    lc__buf_printf(&b, table->space ? "position,option,name" : "arch");
    for (size_t d = 0; d < table->n_devices; d++) {
        lc__buf_add(&b, ",", 1);
        add_field(&b, table->device[d]);
    }
    lc__buf_add(&b, "\n", 1);
    for (size_t i = 0; i < table->n_rows; i++)
        add_csv_row(&b, table, &table->rows[i]);
    if (b.failed)
        free(b.text);
    return b.failed ? NULL : b.text;
}

static void add_json_row(lc__buf *b, const lc__table *t, const lc__table_row *row) {
    lc__buf_printf(b, "{\"name\":");
    lc__buf_json_string(b, row->name);
    if (t->space && row->position >= 0)
        lc__buf_printf(b, ",\"position\":%d,\"option\":%d", row->position, row->option);
    lc__buf_printf(b, ",\"values\":[");
    for (size_t d = 0; d < t->n_devices; d++)
        if (isfinite(row->value[d]))
            lc__buf_printf(b, "%s%.9g", d ? "," : "", row->value[d]);
        else
            lc__buf_printf(b, "%snull", d ? "," : "");
    lc__buf_printf(b, "]}");
}

char *lc__table_json(const lc__table *table, lc__quantity quantity) {
    lc__buf b = {0};
    lc__buf_printf(&b, "{\"schema_version\":%d,\"quantity\":\"%s\",", LC_SCHEMA_VERSION,
                   lc__quantity_name(quantity));
    if (table->space)
        lc__buf_printf(&b, "\"space\":\"%s\",", table->space->name);
    lc__buf_printf(&b, "\"devices\":[");
    for (size_t d = 0; d < table->n_devices; d++) {
        lc__buf_printf(&b, d ? "," : "");
        lc__buf_json_string(&b, table->device[d]);
    }
    lc__buf_printf(&b, "],\"rows\":[\n");
    for (size_t i = 0; i < table->n_rows; i++) {
        add_json_row(&b, table, &table->rows[i]);
        lc__buf_printf(&b, i + 1 < table->n_rows ? ",\n" : "\n");
    }
    lc__buf_printf(&b, "]}\n");
    if (b.failed)
        free(b.text);
    return b.failed ? NULL : b.text;
}
