#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "forecast.h"
#include "linalg.h"
#include "predictor/batch.h"
#include "strange.h"

bool lc__column_counts(const lc_predictor *p, size_t k) {
    for (int link = 0; link < LC__LINKS; link++) {
        const lc__moments *m = &p->moments[link];
        if (m->mean[k] != 0)
            return true;
        for (size_t i = 0; i < p->chart.n_pieces; i++) {
            const lc__piece *piece = &p->chart.piece[i];
            size_t at = piece->at + k - piece->first;
            if (k < piece->first || k >= piece->first + piece->count)
                continue;
            if (piece->rows ? m->own[piece->block] != 0
                            : m->variance[at * (p->chart.size + 1)] != 0)
                return true;
        }
    }
    return false;
}

lc_status lc__link_form(const lc_predictor *p, int link, const double *y, size_t n, double *form,
                        lc_error *err) {
    const lc__moments *m = &p->moments[link];
    size_t order = p->width + 1, size = p->chart.size;
    double *z = lc__doubles(2 * n, size, err), *half = z + n * size;
    lc_status st = z ? LC_OK : LC_ENOMEM;
    if (st == LC_OK) {
        for (size_t i = 0; i < n; i++)
            lc__chart_apply(&p->chart, y + i * order, z + i * size);
        lc__gemm(false, false, n, size, size, 1, z, m->variance, 0, half);
        lc__gemm(false, true, n, n, size, 1, half, z, 0, form);
        lc__moments_add_own(m, &p->chart, y, n, form);
    }
    free(z);
    return st;
}

void lc__ask_links(const lc_predictor *p, const lc__point *point, lc__link_view view[LC__LINKS]) {
    double u[LC__EMBED_MAX], y[LC__EMBED_MAX + 1], z[LC__CHART_MAX];
    lc__standardise(p->core, &p->scale, point, u);
    for (size_t k = 0; k < p->width; k++)
        y[k] = u[p->column[k]];
    y[p->width] = 1;
    lc__chart_apply(&p->chart, y, z);
    for (int link = 0; link < LC__LINKS; link++) {
        const lc__moments *m = &p->moments[link];
        view[link] = (lc__link_view){0};
        if (m->mass <= 0)
            continue;
        double f = lc__dot(p->width + 1, m->mean, y);
        double variance = lc__moments_variance(m, &p->chart, y, z);
        view[link] = (lc__link_view){f, fmax(variance, 0) + m->noise};
    }
}

/* How far the net lies outside of what was seen, given its distance from the pool's regions. */
static double novelty(const lc_predictor *p, const double *raw, double core_novelty) {
    if (!p->has_region || core_novelty <= 0)
        return core_novelty;
    return fmin(core_novelty, lc__region_distance(&p->region, raw));
}

double lc__rated_size(const lc_predictor *p, const double *columns, size_t stride) {
    if (!p->rate_by_sum)
        return columns[LC__VARIANT_LIVE * stride + LC__COL_RATE_SIZE];
    return p->shot_size *
           lc__operators_sum(&p->core->operators, columns + LC__OPERATORS_VARIANT * stride);
}

/* The regression's forecast and 90 % interval. */
static lc__estimate regress(const lc_predictor *p, const lc__point *point) {
    lc__link_view view[LC__LINKS];
    lc__ask_links(p, point, view);
    return lc__mix(p, view);
}

double lc__regression_mean(const lc_predictor *p, const lc__point *point) {
    return lc__conclude_mean(p, regress(p, point).mean, 0,
                             lc__rated_size(p, point->x, LC__VARIANT_FEATURES));
}

/* The forecast of a net whose families of operators are known, or that is far from all else. */
static void forecast_known(const lc_predictor *p, const lc__point *point, lc_forecast *out) {
    lc__conclude(p, regress(p, point), novelty(p, point->x, lc__core_novelty(p->core, point->x)),
                 lc__rated_size(p, point->x, LC__VARIANT_FEATURES), out);
}

lc_status lc__predictor_query_point(const lc_predictor *p, const lc__point *point,
                                    lc_forecast *out) {
    if (lc__is_strange(p->known, point)) {
        lc__point rest;
        lc__family family;
        double size = lc__strange_part(p->known, point, &rest, &family);
        forecast_known(p, &rest, out);
        lc__add_strange(p, size, out);
        if (out->novelty < LC_NOVELTY_FAR)
            return LC_OK;
    }
    forecast_known(p, point, out);
    return LC_OK;
}

lc_status lc_predictor_query(const lc_predictor *predictor, const lc_net *net, lc_forecast *out,
                             lc_error *err) {
    lc__point point;
    lc_status st = lc__featurise(net, &point, err);
    return st == LC_OK ? lc__predictor_query_point(predictor, &point, out) : st;
}

double lc__link_slopes(const lc_predictor *p, int link, double *slope) {
    const lc__moments *m = &p->moments[link];
    double constant = m->mean[p->width];
    memset(slope, 0, p->scale.size * sizeof *slope);
    for (size_t k = 0; k < p->width; k++) {
        size_t j = p->column[k];
        slope[j] = m->mean[k] * p->scale.gain[j];
        constant -= slope[j] * p->scale.mean[j];
    }
    return constant;
}

/* A table knows the size that the model gives to a net, not the sum of the device's operators. */
static void add_own_size(const lc_predictor *p, double slope[LC__LINKS][LC__EMBED_MAX],
                         const double *e, lc__link_view view[LC__LINKS]) {
    size_t j = LC__EMBED_SIZES + LC__OPERATORS_VARIANT;
    if (!p->core->parent)
        return;
    double sum = lc__operators_sum(
        &p->core->operators, e + LC__EMBED_COARSE + (size_t)LC__OPERATORS_VARIANT * LC__COL_FINE);
    view[LC__LINK_LINEAR].mean += slope[LC__LINK_LINEAR][j] * (sum - e[j]);
}

void lc__predictor_means(const lc_predictor *p, const double *table, size_t n, double *latency) {
    double slope[LC__LINKS][LC__EMBED_MAX], constant[LC__LINKS];
    for (int link = 0; link < LC__LINKS; link++)
        constant[link] = lc__link_slopes(p, link, slope[link]);
    for (size_t i = 0; i < n; i++) {
        const double *e = table + i * (p->scale.size + 1), *raw = e + LC__EMBED_COARSE;
        lc__link_view view[LC__LINKS] = {0};
        for (int link = 0; link < LC__LINKS; link++)
            view[link].mean = constant[link] + lc__dot(p->scale.size, slope[link], e);
        add_own_size(p, slope, e, view);
        latency[i] = lc__conclude_mean(p, lc__mix_means(p, view), novelty(p, raw, e[p->scale.size]),
                                       lc__rated_size(p, raw, LC__COL_FINE));
    }
}
