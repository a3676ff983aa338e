#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "linalg.h"
#include "model.h"

static void *zeroed(size_t n, size_t size, lc_error *err) {
    void *p = calloc(n ? n : 1, size);
    if (!p)
        lc_error_set(err, LC_ENOMEM, "out of memory for a model of %zu parts", n);
    return p;
}

/* Room for the slopes of the core's sources. */
static bool make_slopes(lc__core *core, lc_error *err) {
    core->own_slopes = lc__doubles(core->n_sources, LC__FEATURES, err);
    for (size_t i = 0; i < core->n_sources && core->own_slopes; i++)
        core->sources[i].slope = core->own_slopes + i * LC__FEATURES;
    return core->own_slopes != NULL;
}

lc__core *lc__core_new(size_t n_sources, size_t n_regions, lc__map *map, lc_error *err) {
    lc__core *core = zeroed(1, sizeof *core, err);
    if (!core)
        return NULL;
    atomic_init(&core->users, 1);
    core->sources = zeroed(n_sources, sizeof *core->sources, err);
    core->regions = zeroed(n_regions, sizeof *core->regions, err);
    core->n_sources = n_sources;
    core->n_regions = core->regions ? n_regions : 0;
    if (core->sources && core->regions && (map || make_slopes(core, err))) {
        if (map) {
            core->map = *map;
            *map = (lc__map){0};
        }
        return core;
    }
    lc__core_drop(core);
    return NULL;
}

lc__core *lc__core_keep(lc__core *core) {
    atomic_fetch_add(&core->users, 1);
    return core;
}

void lc__core_drop(lc__core *core) {
    if (!core || atomic_fetch_sub(&core->users, 1) > 1)
        return;
    if (core->parent) {
        lc__core_drop(core->parent);
    } else {
        for (size_t i = 0; i < core->n_regions && !core->map.data; i++)
            free(core->regions[i].axes);
        lc__map_close(&core->map);
        free(core->regions);
        free(core->sources);
        free(core->own_slopes);
        free(core->looked_at);
        free(core->slopes);
    }
    free(core);
}

static bool looked_at(const lc__core *core, size_t feature) {
    for (size_t i = 0; i < core->n_sources; i++)
        if (core->sources[i].slope[feature] != 0)
            return true;
    return false;
}

lc_status lc__core_seal(lc__core *core, lc_error *err) {
    size_t n = core->n_sources;
    core->looked_at = calloc(LC__FEATURES, sizeof *core->looked_at);
    if (!core->looked_at)
        return lc_error_set(err, LC_ENOMEM, "out of memory for a model");
    for (size_t j = 0; j < LC__FEATURES; j++)
        if (looked_at(core, j))
            core->looked_at[core->n_looked_at++] = (uint16_t)j;
    core->slopes = lc__doubles(core->n_looked_at, n, err);
    if (!core->slopes)
        return LC_ENOMEM;
    for (size_t k = 0; k < core->n_looked_at; k++)
        for (size_t i = 0; i < n; i++)
            core->slopes[k * n + i] = core->sources[i].slope[core->looked_at[k]];
    return LC_OK;
}

lc__core *lc__core_with_operators(lc__core *parent, const lc__operators *operators, double unit,
                                  lc_error *err) {
    lc__core *core = zeroed(1, sizeof *core, err);
    if (!core)
        return NULL;
    /* All but the users, who come and go meanwhile. */
    size_t first = offsetof(lc__core, n_sources);
    memcpy((char *)core + first, (const char *)parent + first, sizeof *core - first);
    atomic_init(&core->users, 1);
    core->parent = lc__core_keep(parent);
    for (int j = 0; j < LC__COL_FINE; j++)
        core->operators.slope[j] = operators->slope[j] / unit;
    return core;
}

lc_model *lc__model_new(lc__core *core, size_t n_groups, lc_error *err) {
    if (!core)
        return NULL;
    lc_model *model = zeroed(1, sizeof *model, err);
    if (!model) {
        lc__core_drop(core);
        return NULL;
    }
    model->core = core;
    model->groups = zeroed(n_groups, sizeof *model->groups, err);
    if (!model->groups) {
        lc_model_free(model);
        return NULL;
    }
    model->n_groups = n_groups;
    return model;
}

void lc_model_free(lc_model *model) {
    if (!model)
        return;
    for (size_t i = 0; i < model->n_groups; i++)
        lc__group_clear(&model->groups[i]);
    free(model->groups);
    lc__core_drop(model->core);
    free(model);
}

size_t lc_model_n_devices(const lc_model *model) {
    return model->core->n_sources;
}

const char *lc_model_device_name(const lc_model *model, size_t i) {
    return i < model->core->n_sources ? model->core->sources[i].name : NULL;
}

size_t lc__embed_size(const lc__core *core) {
    return LC__EMBED_SOURCES + 2 * core->n_sources;
}

void lc__totals(const double *variant, double *t) {
    for (int q = 0; q < LC__PER_FAMILY; q++) {
        t[q] = 0;
        for (int f = 0; f < LC__FAMILIES; f++)
            t[q] += variant[f * LC__PER_FAMILY + q];
    }
    memcpy(t + LC__PER_FAMILY, variant + LC__COL_WEIGHTS,
           (LC__COL_FINE - LC__COL_WEIGHTS) * sizeof *t);
}

void lc__add_total(size_t q, double slope, double *columns) {
    if (q >= LC__PER_FAMILY)
        columns[LC__COL_WEIGHTS + q - LC__PER_FAMILY] += slope;
    for (size_t f = 0; f < LC__FAMILIES && q < LC__PER_FAMILY; f++)
        columns[f * LC__PER_FAMILY + q] += slope;
}

/* Size of a net as a multiple of the mean net's: the mean ratio of its totals. */
static double relative_size(const double *totals, const double *mean) {
    double sum = 0;
    int n = 0;
    for (int j = 0; j < LC__TOTALS; j++) {
        if (mean[j] > 0) {
            sum += totals[j] / mean[j];
            n++;
        }
    }
    return n ? sum / n : 1;
}

/* The sources' forecasts y[n_sources], and behind them their logarithms. */
static void ask_sources(const lc__core *core, const lc__point *point, double *y) {
    size_t n = core->n_sources;
    for (size_t i = 0; i < n; i++)
        y[i] = core->sources[i].constant;
    for (size_t k = 0; k < core->n_looked_at; k++) {
        double x = point->x[core->looked_at[k]];
        if (x != 0) /* most operator families are not in a net */
            lc__axpy(n, x, core->slopes + k * n, y);
    }
    for (size_t i = 0; i < n; i++)
        y[n + i] = log(fmax(y[i], core->sources[i].floor));
}

void lc__embed(const lc__core *core, const lc__point *point, double *e) {
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        const double *x = point->x + v * LC__VARIANT_FEATURES;
        double *t = e + LC__EMBED_TOTALS + v * LC__TOTALS;
        memcpy(e + LC__EMBED_COARSE + v * LC__COL_FINE, x, LC__COL_FINE * sizeof *x);
        lc__totals(x, t);
        double size = relative_size(t, core->size_mean + v * LC__TOTALS);
        if (core->parent && v == LC__OPERATORS_VARIANT)
            size = lc__operators_sum(&core->operators, x);
        e[LC__EMBED_SIZES + v] = size;
        e[LC__EMBED_LOG_SIZES + v] = log(fmax(size, LC__SIZE_FLOOR));
    }
    ask_sources(core, point, e + LC__EMBED_SOURCES);
}
