#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "predictor/batch.h"
#include "linalg.h"
#include "model.h"

/* All nets of the pool: rows without repeats, sorted by space. */
typedef struct pool {
    const lc__points *points;
    size_t *rows, n;
} pool;

static lc_status check_device(const lc__pool_rows *device, lc_error *err) {
    if (!device->name || strlen(device->name) > LC__NAME_MAX)
        return lc_error_set(err, LC_EUSAGE, "a source device needs a name of at most %d bytes",
                            LC__NAME_MAX);
    if (device->n == 0)
        return lc_error_set(err, LC_EFORMAT, "source device \"%s\" has no samples", device->name);
    for (size_t i = 0; i < device->n; i++)
        if (!isfinite(device->values[i]) || device->values[i] <= 0)
            return lc_error_set(err, LC_EFORMAT,
                                "sample %zu of source device \"%s\" is %g: a latency is a finite "
                                "number above 0",
                                i, device->name, device->values[i]);
    return LC_OK;
}

static lc_status check_devices(const lc__pool_rows *devices, size_t n, lc_error *err) {
    if (n > LC__SOURCES_MAX)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "%zu source devices are more than the %d that a "
                            "model holds",
                            n, LC__SOURCES_MAX);
    for (size_t i = 0; i < n; i++) {
        lc_status st = check_device(&devices[i], err);
        if (st != LC_OK)
            return st;
        for (size_t k = 0; k < i; k++)
            if (strcmp(devices[i].name, devices[k].name) == 0)
                return lc_error_set(err, LC_EFORMAT, "source device \"%s\" is there twice",
                                    devices[i].name);
    }
    return LC_OK;
}

static lc_status gather(const lc__points *points, const lc__pool_rows *devices, size_t n_devices,
                        const size_t *reference, size_t n_reference, pool *out, lc_error *err) {
    size_t total = n_reference, at = 0;
    for (size_t i = 0; i < n_devices; i++)
        total += devices[i].n;
    *out = (pool){.points = points};
    size_t *all = calloc(2 * total + 1, sizeof *all);
    if (!all)
        return lc_error_set(err, LC_ENOMEM, "out of memory for %zu samples", total);
    size_t *rows = all + total;
    for (size_t i = 0; i < n_devices; i++) {
        memcpy(rows + at, devices[i].rows, devices[i].n * sizeof *rows);
        at += devices[i].n;
    }
    if (n_reference > 0)
        memcpy(rows + at, reference, n_reference * sizeof *rows);
    lc__rows_by_space(points, rows, total, all, &out->n);
    out->rows = all;
    return LC_OK;
}

/* Length of the run of rows of one space that starts at `at`. */
static size_t run_length(const pool *p, size_t at) {
    size_t n = 1;
    uint64_t space = lc__points_space(p->points, p->rows[at]);
    while (at + n < p->n && lc__points_space(p->points, p->rows[at + n]) == space)
        n++;
    return n;
}

static size_t count_spaces(const pool *p) {
    size_t n = 0;
    for (size_t at = 0; at < p->n; at += run_length(p, at))
        n++;
    return n;
}

/* copy[v]: whether a variant's columns equal those of an earlier one in every net of the pool. */
static void find_copies(const pool *p, bool copy[LC__VARIANTS]) {
    size_t width = LC__VARIANT_FEATURES;
    bool same[LC__VARIANTS][LC__VARIANTS];
    lc__point room;
    memset(same, true, sizeof same);
    for (size_t i = 0; i < p->n; i++) {
        const double *x = lc__points_at(p->points, p->rows[i], &room)->x;
        for (size_t v = 1; v < LC__VARIANTS; v++)
            for (size_t w = 0; w < v; w++)
                same[v][w] =
                    same[v][w] && memcmp(x + v * width, x + w * width, width * sizeof *x) == 0;
    }
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        copy[v] = false;
        for (size_t w = 0; w < v; w++)
            copy[v] = copy[v] || same[v][w];
    }
}

/* Standardises all features over the pool; copies say nothing new and are left out. */
static void feature_scale(const pool *p, lc__feature_scale *s) {
    double variance[LC__FEATURES] = {0};
    bool copy[LC__VARIANTS];
    lc__point room;
    memset(s, 0, sizeof *s);
    find_copies(p, copy);
    for (size_t i = 0; i < p->n; i++)
        lc__axpy(LC__FEATURES, 1 / (double)p->n, lc__points_at(p->points, p->rows[i], &room)->x,
                 s->mean);
    for (size_t i = 0; i < p->n; i++) {
        const double *x = lc__points_at(p->points, p->rows[i], &room)->x;
        for (int j = 0; j < LC__FEATURES; j++)
            variance[j] += (x[j] - s->mean[j]) * (x[j] - s->mean[j]) / (double)p->n;
    }
    for (int j = 0; j < LC__FEATURES; j++) {
        bool varies = sqrt(variance[j]) > 1e-9 * fmax(1, fabs(s->mean[j]));
        s->gain[j] = varies && !copy[j / LC__VARIANT_FEATURES] ? 1 / sqrt(variance[j]) : 0;
    }
}

static lc_status fit_sources(const pool *p, const lc__pool_rows *devices, lc__core *core,
                             lc_error *err) {
    lc__feature_scale *scale = malloc(sizeof *scale);
    if (!scale)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    feature_scale(p, scale);
    lc_status st = LC_OK;
    for (size_t i = 0; i < core->n_sources && st == LC_OK; i++) {
        lc__source *s = &core->sources[i];
        const lc__pool_rows *d = &devices[i];
        snprintf(s->name, sizeof s->name, "%s", d->name);
        st = lc__source_fit(p->points, d->rows, d->values, d->n, scale, s, err);
        /* The mean forecast over the pool is that of the mean net: the model is linear. */
        double mean = s->constant + lc__dot(LC__FEATURES, s->slope, scale->mean);
        s->floor = 0.01 * fmax(mean, 1e-3);
    }
    free(scale);
    return st;
}

static void measure_sizes(const pool *p, lc__core *core) {
    double t[LC__TOTALS];
    lc__point room;
    for (size_t i = 0; i < p->n; i++) {
        const double *x = lc__points_at(p->points, p->rows[i], &room)->x;
        for (size_t v = 0; v < LC__VARIANTS; v++) {
            lc__totals(x + v * LC__VARIANT_FEATURES, t);
            lc__axpy(LC__TOTALS, 1 / (double)p->n, t, core->size_mean + v * LC__TOTALS);
        }
    }
}

static lc_status measure_groups(const pool *p, lc_model *model, lc_error *err) {
    lc_status st = LC_OK;
    for (size_t at = 0, g = 0; at < p->n && st == LC_OK; g++) {
        size_t n = run_length(p, at);
        st = lc__group_measure(model->core, p->points, p->rows + at, n, &model->groups[g], err);
        if (st == LC_OK)
            st = lc__region_measure(p->points, p->rows + at, n, 1, &model->core->regions[g], err);
        at += n;
    }
    return st;
}

static lc_status build(const pool *p, const lc__pool_rows *devices, size_t n_devices,
                       lc_model **out, lc_error *err) {
    size_t n_groups = count_spaces(p);
    if (n_groups > LC__GROUPS_MAX)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "nets of %zu search spaces are more than the %d "
                            "that a model holds",
                            n_groups, LC__GROUPS_MAX);
    lc_model *model = lc__model_new(lc__core_new(n_devices, n_groups, NULL, err), n_groups, err);
    if (!model)
        return LC_ENOMEM;
    measure_sizes(p, model->core);
    lc_status st = fit_sources(p, devices, model->core, err);
    if (st == LC_OK)
        st = lc__core_seal(model->core, err);
    if (st == LC_OK)
        st = measure_groups(p, model, err);
    if (st == LC_OK)
        *out = model;
    else
        lc_model_free(model);
    return st;
}

lc_status lc__model_train_rows(const lc__points *points, const lc__pool_rows *devices,
                               size_t n_devices, const size_t *reference, size_t n_reference,
                               lc_model **out, lc_error *err) {
    lc_status st = check_devices(devices, n_devices, err);
    if (st != LC_OK)
        return st;
    pool p;
    st = gather(points, devices, n_devices, reference, n_reference, &p, err);
    if (st == LC_OK)
        st = build(&p, devices, n_devices, out, err);
    free(p.rows);
    return st;
}

lc_status lc__model_train_points(const lc__point *points, const lc__pool_rows *devices,
                                 size_t n_devices, const size_t *reference, size_t n_reference,
                                 lc_model **out, lc_error *err) {
    lc__points array = {.array = points};
    return lc__model_train_rows(&array, devices, n_devices, reference, n_reference, out, err);
}

size_t lc__model_embed_size(const lc_model *model) {
    return lc__embed_size(model->core) + 1;
}

lc_status lc__model_embed(const lc_model *model, const lc__point *points, size_t n, double *table,
                          lc_error *err) {
    size_t size = lc__model_embed_size(model);
    if (!points || !table)
        return lc_error_set(err, LC_EUSAGE, "no points or no table to embed");
    for (size_t i = 0; i < n; i++) {
        double *row = table + i * size;
        lc__embed(model->core, &points[i], row);
        row[size - 1] = lc__core_novelty(model->core, points[i].x);
    }
    return LC_OK;
}
