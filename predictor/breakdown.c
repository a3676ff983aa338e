/* A forecast split over the nodes of a net. A node gets its features times the gradient of the
 * forecast: exact under the linear link, where the forecast is a sum over the nodes; to first
 * order under the logarithmic one. As far as a forecast leans on the rate, a node gets its part of
 * the net's size. */
#include <math.h>
#include <string.h>
#include "adapted.h"
#include "predictor/batch.h"
#include "linalg.h"
#include "predictor/rate.h"
#include "strange.h"

static void add_size(const lc__core *core, size_t variant, double slope, double *features) {
    const double *mean = core->size_mean + variant * LC__TOTALS;
    size_t n = 0;
    features += variant * LC__VARIANT_FEATURES;
    if (core->parent && variant == LC__OPERATORS_VARIANT) {
        lc__axpy(LC__COL_FINE, slope, core->operators.slope, features);
        return;
    }
    for (size_t q = 0; q < LC__TOTALS; q++)
        n += mean[q] > 0;
    for (size_t q = 0; q < LC__TOTALS; q++)
        if (mean[q] > 0)
            lc__add_total(q, slope / mean[q] / (double)n, features);
}

/* Adds `slope` in embedded column j to the features' slopes, for a net embedded as e. */
static void add_column(const lc__core *core, size_t j, double slope, const double *e,
                       double *features) {
    size_t n = core->n_sources;
    if (j < LC__EMBED_TOTALS) {
        features[j / LC__COL_FINE * LC__VARIANT_FEATURES + j % LC__COL_FINE] += slope;
    } else if (j < LC__EMBED_SIZES) {
        size_t q = j - LC__EMBED_TOTALS, v = q / LC__TOTALS;
        lc__add_total(q % LC__TOTALS, slope, features + v * LC__VARIANT_FEATURES);
    } else if (j < LC__EMBED_LOG_SIZES) {
        add_size(core, j - LC__EMBED_SIZES, slope, features);
    } else if (j < LC__EMBED_SOURCES) {
        size_t v = j - LC__EMBED_LOG_SIZES;
        add_size(core, v, slope / fmax(e[LC__EMBED_SIZES + v], LC__SIZE_FLOOR), features);
    } else if (j < LC__EMBED_SOURCES + n) {
        lc__axpy(LC__FEATURES, slope, core->sources[j - LC__EMBED_SOURCES].slope, features);
    } else {
        const lc__source *s = &core->sources[j - LC__EMBED_SOURCES - n];
        double y = e[j - n];
        if (y > s->floor)
            lc__axpy(LC__FEATURES, slope / y, s->slope, features);
    }
}

static void gradient(const lc_predictor *p, const double *e, double *features) {
    double mass = p->moments[LC__LINK_LINEAR].mass + p->moments[LC__LINK_LOG].mass;
    memset(features, 0, LC__FEATURES * sizeof *features);
    for (int link = 0; link < LC__LINKS; link++) {
        const lc__moments *m = &p->moments[link];
        double f = m->mean[p->width], factor = m->mass / mass;
        for (size_t k = 0; k < p->width; k++) {
            size_t j = p->column[k];
            f += m->mean[k] * (e[j] - p->scale.mean[j]) * p->scale.gain[j];
        }
        if (link == LC__LINK_LOG)
            factor *= lc__from_log(f);
        for (size_t k = 0; k < p->width && factor > 0; k++) {
            size_t j = p->column[k];
            add_column(p->core, j, factor * m->mean[k] * p->scale.gain[j], e, features);
        }
    }
}

/* The gradient of the whole forecast in its logarithm's two parts, in the shots' unit. */
static void lean(const lc_predictor *p, const lc__point *point, const lc_forecast *forecast,
                 double *slope) {
    double weight = lc__rate_weight(forecast->novelty);
    double own = (1 - weight) * forecast->latency / lc__regression_mean(p, point);
    double size = lc__rated_size(p, point->x, LC__VARIANT_FEATURES);
    for (size_t j = 0; j < LC__FEATURES; j++)
        slope[j] *= (weight > 0 ? own : 1) * p->unit;
    if (weight <= 0 || size <= 0)
        return;
    double per_size = weight * forecast->latency / size;
    if (p->rate_by_sum)
        lc__axpy(LC__COL_FINE, per_size * p->shot_size, p->core->operators.slope,
                 slope + (size_t)LC__OPERATORS_VARIANT * LC__VARIANT_FEATURES);
    else
        slope[LC__RATE_SIZE] += per_size;
}

/* The gradient of a net's forecast: of its rest's where it has operators of strange families, and
 * these operators' own. */
static void whole_gradient(const lc_predictor *p, const lc__point *point,
                           const lc_forecast *forecast, double *slope) {
    bool parted = lc__is_strange(p->known, point) && forecast->novelty < LC_NOVELTY_FAR;
    lc__point rest = *point;
    lc_forecast of_rest = *forecast;
    lc__family family;
    double e[LC__EMBED_MAX];
    if (parted) {
        lc__strange_part(p->known, point, &rest, &family);
        lc__predictor_query_point(p, &rest, &of_rest);
    }
    lc__embed(p->core, &rest, e);
    gradient(p, e, slope);
    lean(p, &rest, &of_rest, slope);
    if (parted)
        lc__strange_slopes(p, point, slope);
}

lc_status lc_predictor_breakdown(const lc_predictor *p, const lc_net *net, double *share,
                                 double *overhead, lc_error *err) {
    lc__point point;
    lc_forecast forecast;
    double slope[LC__FEATURES], sum = 0;
    lc_status st = lc__featurise(net, &point, err);
    if (st != LC_OK)
        return st;
    lc__predictor_query_point(p, &point, &forecast);
    whole_gradient(p, &point, &forecast, slope);
    st = lc__feature_split(net, slope, share, err);
    if (st != LC_OK)
        return st;
    int n = lc_net_size(net);
    for (int i = 0; i < n; i++) {
        share[i] = fmax(share[i], 0);
        sum += share[i];
    }
    /* More than the whole cannot come from the nodes. */
    double scale = sum > forecast.latency ? forecast.latency / sum : 1;
    for (int i = 0; i < n; i++)
        share[i] *= scale;
    /* What rounding leaves is no overhead. */
    double rest = forecast.latency - sum;
    *overhead = rest > 1e-12 * forecast.latency ? rest : 0;
    return LC_OK;
}
