#include "columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pool_files.h"
#include "predictor/proxy.h"
#include "tasks/table.h"

/* ---- a table ---- */

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

/* Room for n columns, all holes. */
static lc_status allocate(lc__columns *out, size_t n, size_t n_rows, lc_error *err) {
    out->n_rows = n_rows;
    out->name = calloc(n + 1, sizeof *out->name);
    out->values = malloc((n * n_rows + 1) * sizeof *out->values);
    if (!out->name || !out->values)
        return lc__no_memory(err);
    for (size_t i = 0; i < n * n_rows; i++)
        out->values[i] = NAN;
    return LC_OK;
}

/* Drops the columns that `without` names. */
static lc_status leave_out(lc__columns *c, const lc__list *without, const char *where,
                           lc_error *err) {
    bool *left_out = calloc(c->n + 1, sizeof *left_out);
    if (!left_out)
        return lc__no_memory(err);
    lc_status s = lc__names_without(c->name, c->n, without, where, left_out, err);
    size_t kept = 0;
    for (size_t i = 0; i < c->n && !s; i++) {
        if (left_out[i])
            continue;
        c->name[kept] = c->name[i];
        memmove(c->values + kept * c->n_rows, c->values + i * c->n_rows,
                c->n_rows * sizeof *c->values);
        kept++;
    }
    if (!s)
        c->n = kept;
    free(left_out);
    return s;
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
    s = allocate(out, table->n_devices, table->n_rows, err);
    if (s)
        return s;
    out->n = table->n_devices;
    memcpy(out->name, table->devices, out->n * sizeof *out->name);
    memcpy(out->values, table->values, out->n * out->n_rows * sizeof *out->values);
    return leave_out(out, without, "the table", err);
}

/* ---- a folder of devices ---- */

static void release_pool(void *owner) {
    lc__pool_files_clear(owner);
    free(owner);
}

/* A sample of the pool, to be put beside those of the same net. */
typedef struct entry {
    uint64_t digest;
    size_t device;
    double value;
} entry;

static int by_digest(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->digest != y->digest)
        return x->digest < y->digest ? -1 : 1;
    return (x->device > y->device) - (x->device < y->device);
}

static bool is_of(const lc_net *net, const char *space) {
    const char *own = lc_net_space(net);
    return !space || (own && !strcmp(own, space));
}

static size_t list_samples(const lc__pool_files *pool, const char *space, entry *list) {
    size_t n = 0;
    for (size_t d = 0; d < pool->n; d++) {
        const lc_pool_device *device = &pool->device[d];
        for (size_t i = 0; i < device->n; i++)
            if (is_of(device->nets[i], space))
                list[n++] = (entry){lc_net_digest(device->nets[i]), d, device->values[i]};
    }
    qsort(list, n, sizeof *list, by_digest);
    return n;
}

static size_t count_nets(const entry *list, size_t n) {
    size_t nets = 0;
    for (size_t i = 0; i < n; i++)
        nets += i == 0 || list[i].digest != list[i - 1].digest;
    return nets;
}

static void fill_rows(const entry *list, size_t n, lc__columns *out) {
    size_t row = 0;
    for (size_t i = 0, end; i < n; i = end) {
        double sum = 0;
        end = i;
        while (end < n && !by_digest(&list[end], &list[i]))
            sum += list[end++].value;
        if (i > 0 && list[i].digest != list[i - 1].digest)
            row++;
        out->values[list[i].device * out->n_rows + row] = sum / (double)(end - i);
    }
}

lc_status lc__columns_of_pool(const char *folder, const char *space, const lc__list *without,
                              lc__columns *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    const lc_space *known;
    lc_status s = space ? lc__space_named(space, &known, err) : LC_OK;
    if (s)
        return s;
    lc__pool_files *pool = calloc(1, sizeof *pool);
    if (!pool)
        return lc__no_memory(err);
    out->owner = pool;
    out->release = release_pool;
    s = lc__pool_files_load(folder, pool, err);
    size_t total = 0;
    for (size_t d = 0; d < pool->n && !s; d++)
        total += pool->device[d].n;
    entry *list = s ? NULL : malloc((total + 1) * sizeof *list);
    if (!s && !list)
        s = lc__no_memory(err);
    if (!s) {
        size_t n = list_samples(pool, space, list);
        s = allocate(out, pool->n, count_nets(list, n), err);
        for (size_t d = 0; d < pool->n && !s; d++)
            out->name[out->n++] = pool->device[d].name;
        if (!s)
            fill_rows(list, n, out);
    }
    free(list);
    return s ? s : leave_out(out, without, "the pool", err);
}

/* ---- a model ---- */

static void release_model(void *owner) {
    lc_model_free(owner);
}

/* Fills column d at `row` with what device d's model says of a net. */
static lc_status fill_row(const lc_model *model, const lc_net *net, size_t row, lc__columns *out,
                          lc_error *err) {
    lc__point point;
    lc_status s = lc__featurise(net, &point, err);
    for (size_t d = 0; d < out->n && !s; d++)
        out->values[d * out->n_rows + row] = lc__source_forecast(model, d, &point);
    return s;
}

lc_status lc__columns_of_model(const char *path, const lc_space *space, size_t n, uint64_t seed,
                               const lc__list *without, lc__columns *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    lc_model *model = NULL;
    lc_status s = lc__pool_open(path, &model, err);
    if (s)
        return s;
    out->owner = model;
    out->release = release_model;
    s = allocate(out, lc_model_n_devices(model), n, err);
    while (!s && lc_model_device_name(model, out->n)) {
        out->name[out->n] = lc_model_device_name(model, out->n);
        out->n++;
    }
    for (size_t i = 0; i < n && !s; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_net *net = NULL;
        lc_space_random(space, &seed, choices);
        s = lc_space_net(space, choices, space->n_positions, &net, err);
        if (!s)
            s = fill_row(model, net, i, out, err);
        lc_net_free(net);
    }
    return s ? s : leave_out(out, without, "the pool", err);
}

/* ---- all of them ---- */

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
