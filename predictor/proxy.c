#include "predictor/proxy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rank.h"
#include "linalg.h"
#include "model.h"
#include "sparse.h"

/* Shots from which on parts are changed. */
#define ENOUGH 6
/* Where the forecast ends below: this share of the smallest shot. */
#define FLOOR 0.05

size_t lc__proxy_part(size_t i) {
    lc__family family = lc__feature_family(i);
    size_t column = i % LC__VARIANT_FEATURES;
    if (family < LC__FAMILIES)
        return family;
    if (column >= LC__COL_PATHS && column < LC__COL_FINE)
        return LC__PROXY_PATHS;
    bool roof = column >= LC__COL_ROOFS && column < LC__COL_PATHS;
    return roof ? LC__PROXY_ROOFS : LC__PROXY_WEIGHTS;
}

static double forecast(const lc__source *source, const lc__point *point) {
    return source->constant + lc__dot(LC__FEATURES, source->slope, point->x);
}

double lc__source_forecast(const lc_model *model, size_t device, const lc__point *point) {
    return forecast(&model->core->sources[device], point);
}

/* How near y[n] is to a multiple of f: their cosine. */
static double proportion(const double *f, const double *y, size_t n) {
    double ff = lc__dot(n, f, f);
    return ff > 0 ? lc__dot(n, f, y) / sqrt(ff * lc__dot(n, y, y)) : 0;
}

/* The source that ranks the shots s->y best; leaves its forecasts in s->f. */
static lc_status choose(const lc__core *core, const lc__point *points, const size_t *rows,
                        const lc__sparse *s, lc__proxy *out, lc_error *err) {
    double nearest = 0, *f = lc__doubles(s->n, 1, err);
    if (!f)
        return LC_ENOMEM;
    lc_status st = LC_OK;
    for (size_t k = 0; k < core->n_sources && st == LC_OK; k++) {
        const lc__source *source = &core->sources[k];
        for (size_t i = 0; i < s->n; i++)
            f[i] = forecast(source, &points[rows[i]]);
        double rank = lc__spearman(f, s->y, s->n), near = proportion(f, s->y, s->n);
        if (isnan(rank))
            st = lc__no_memory(err);
        if (k > 0 && (rank < out->rank || (rank <= out->rank && near <= nearest)))
            continue;
        out->source = k;
        out->rank = rank;
        nearest = near;
        memcpy(s->f, f, s->n * sizeof *f);
    }
    free(f);
    return st;
}

static void take_parts(const lc__source *source, const lc__point *points, const size_t *rows,
                       const lc__sparse *s) {
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < LC__FEATURES; j++)
            s->part[lc__proxy_part(j) * s->n + i] += source->slope[j] * points[rows[i]].x[j];
}

/* The proxy's forecast on a line, or in proportion where a line makes no sense. */
static lc__sparse_line fit_line(const lc__sparse *s) {
    lc__sparse_line line = lc__nearest_line(s->f, s->y, s->n);
    if (s->n > 2 && line.scale > 0)
        return line;
    double sum_f = 0, sum_y = 0;
    for (size_t i = 0; i < s->n; i++) {
        sum_f += s->f[i];
        sum_y += s->y[i];
    }
    line.scale = sum_f > 0 ? sum_y / sum_f : 0;
    line.constant = (sum_y - line.scale * sum_f) / (double)s->n;
    return line;
}

/* The shots' latencies s->y are multiples of `unit`. */
static lc_status fit(const lc__core *core, const lc__point *points, const size_t *rows,
                     lc__proxy_fit how, const lc__sparse *s, double unit, lc__proxy *out,
                     lc_error *err) {
    lc_status st = choose(core, points, rows, s, out, err);
    if (st != LC_OK)
        return st;
    const lc__source *source = &core->sources[out->source];
    lc__sparse_line line = {0};
    if (how == LC__PROXY_ADAPTED && s->n >= ENOUGH) {
        take_parts(source, points, rows, s);
        st = lc__sparse_fit(s, out->change, &line, err);
    } else {
        line = fit_line(s);
    }
    out->scale = line.scale * unit;
    out->constant = (line.constant + line.scale * source->constant) * unit;
    for (size_t p = 0; p < LC__PROXY_PARTS; p++)
        out->change[p] *= unit;
    for (size_t j = 0; j < LC__FEATURES; j++)
        out->slope[j] = (out->scale + out->change[lc__proxy_part(j)]) * source->slope[j];
    return st;
}

lc_status lc__proxy_make(const lc_model *model, const lc__point *points, const size_t *rows,
                         const double *values, size_t n, lc__proxy_fit how, lc__proxy *out,
                         lc_error *err) {
    memset(out, 0, sizeof *out);
    if (n == 0 || model->core->n_sources == 0)
        return lc_error_set(err, LC_EUSAGE, "a proxy needs a pool device and a sample");
    double unit = 0, least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i]) || values[i] <= 0)
            return lc_error_set(err, LC_EFORMAT,
                                "sample %zu is %g: a latency is a finite number above 0", i,
                                values[i]);
        unit += values[i] / (double)n;
        least = fmin(least, values[i]);
    }
    lc__sparse shots;
    lc_status st = lc__sparse_alloc(n, LC__PROXY_PARTS, &shots, err);
    if (st == LC_OK) {
        for (size_t i = 0; i < n; i++)
            shots.y[i] = values[i] / unit;
        st = fit(model->core, points, rows, how, &shots, unit, out, err);
    }
    out->floor = FLOOR * least;
    lc__sparse_clear(&shots);
    return st;
}

double lc__proxy_latency(const lc__proxy *proxy, const lc__point *point) {
    return fmax(proxy->constant + lc__dot(LC__FEATURES, proxy->slope, point->x), proxy->floor);
}
