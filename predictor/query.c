#include <float.h>
#include <math.h>
#include <string.h>
#include "adapted.h"
#include "predictor/batch.h"
#include "linalg.h"
#include "predictor/rate.h"

/* Below this share of the shots' mean, the linear forecast bends so that it stays positive. */
#define BEND 0.05
/* The logarithmic link is trusted this far from the shots' mean. */
#define LOG_RANGE 5.0
/* An interval's lower end, at least, as a share of the forecast; the width that a logarithmic one
 * has at most. */
#define LEAST_LOW 0.05
#define LOG_WIDTH 3.0

static double positive(double f) {
    return f >= BEND ? f : BEND * exp(fmax(f / BEND - 1, -20));
}

double lc__from_log(double f) {
    return exp(fmin(fmax(f, -LOG_RANGE), LOG_RANGE));
}

/* The mean forecast from the means under both links, in units of p->unit; > 0. */
static double link_means(const lc_predictor *p, double linear, double logarithm) {
    double mass = p->moments[LC__LINK_LINEAR].mass, log_mass = p->moments[LC__LINK_LOG].mass;
    return (mass * positive(linear) + log_mass * lc__from_log(logarithm)) / (mass + log_mass);
}

/* y' second y with y = (u over the columns in use, 1). */
static double second_moment(const lc_predictor *p, const lc__moments *m, const double *y) {
    size_t order = p->width + 1;
    double sum = 0;
    for (size_t i = 0; i < order; i++)
        sum += y[i] * lc__dot(order, m->second + i * order, y);
    return sum;
}

/* Mean (> 0) and variance of the forecast in units of p->unit. */
typedef struct belief {
    double mean, variance;
} belief;

/* u[scale.size]: standardised columns of the net. */
static void believe(const lc_predictor *p, const double *u, belief *out) {
    double y[LC__EMBED_MAX + 1], f[LC__LINKS] = {0}, v[LC__LINKS] = {0}, total = 0, square = 0;
    for (size_t k = 0; k < p->width; k++)
        y[k] = u[p->column[k]];
    y[p->width] = 1;
    for (int link = 0; link < LC__LINKS; link++) {
        const lc__moments *m = &p->moments[link];
        if (m->mass <= 0)
            continue;
        f[link] = lc__dot(p->width + 1, m->mean, y);
        v[link] = fmax(second_moment(p, m, y) - f[link] * f[link], 0) + m->noise;
    }
    out->mean = link_means(p, f[LC__LINK_LINEAR], f[LC__LINK_LOG]);
    for (int link = 0; link < LC__LINKS; link++) {
        double mass = p->moments[link].mass, g = f[link], spread = v[link];
        if (link == LC__LINK_LOG) {
            g = lc__from_log(g);
            spread *= g * g;
        }
        total += mass;
        square += mass * (spread + (g - out->mean) * (g - out->mean));
    }
    out->variance = fmax(square / total, 1e-12) * p->inflation;
}

/* Keeps a forecast a positive, finite number in the shots' unit. */
static double in_unit(const lc_predictor *p, double f) {
    return fmin(fmax(f * p->unit, DBL_MIN), DBL_MAX);
}

/* How far the net lies outside of what was seen, given its distance from the pool's regions. */
static double novelty(const lc_predictor *p, const double *raw, double core_novelty) {
    if (!p->has_region || core_novelty <= 0)
        return core_novelty;
    return fmin(core_novelty, lc__region_distance(&p->region, raw));
}

/* The regression's forecast and 90 % interval. */
static lc__estimate regress(const lc_predictor *p, const lc__point *point) {
    double u[LC__EMBED_MAX];
    belief b;
    lc__standardise(p->core, &p->scale, point, u);
    believe(p, u, &b);
    double occasion = p->repeatability * b.mean;
    double half = p->reach * sqrt(b.variance + occasion * occasion);
    double low = b.mean - half, high = b.mean + half;
    low = fmax(low, LEAST_LOW * b.mean);
    if (p->moments[LC__LINK_LOG].mass > p->moments[LC__LINK_LINEAR].mass) {
        double ratio = exp(fmin(half / b.mean, LOG_WIDTH));
        low = b.mean / ratio;
        high = b.mean * ratio;
    }
    return (lc__estimate){b.mean, low, high};
}

double lc__regression_mean(const lc_predictor *p, const lc__point *point) {
    return in_unit(p, regress(p, point).mean);
}

lc_status lc__predictor_query_point(const lc_predictor *p, const lc__point *point,
                                    lc_forecast *out) {
    lc__estimate e = regress(p, point);
    out->novelty = novelty(p, point->x, lc__core_novelty(p->core, point->x));
    out->out_of_range = out->novelty > 1;
    lc__rate_lean(lc__rate_weight(out->novelty), lc__rate(p->shot_size, point->x[LC__RATE_SIZE]),
                  &e);
    out->latency = in_unit(p, e.mean);
    out->low = in_unit(p, e.low);
    out->high = in_unit(p, e.high);
    return LC_OK;
}

lc_status lc_predictor_query(const lc_predictor *predictor, const lc_net *net, lc_forecast *out,
                             lc_error *err) {
    lc__point point;
    lc_status st = lc__featurise(net, &point, err);
    return st == LC_OK ? lc__predictor_query_point(predictor, &point, out) : st;
}

void lc__predictor_means(const lc_predictor *p, const double *table, size_t n, double *latency) {
    double slope[LC__LINKS][LC__EMBED_MAX] = {{0}}, constant[LC__LINKS];
    for (int link = 0; link < LC__LINKS; link++) {
        const lc__moments *m = &p->moments[link];
        constant[link] = m->mean[p->width];
        for (size_t k = 0; k < p->width; k++) {
            size_t j = p->column[k];
            slope[link][j] = m->mean[k] * p->scale.gain[j];
            constant[link] -= slope[link][j] * p->scale.mean[j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        const double *e = table + i * (p->scale.size + 1), *raw = e + LC__EMBED_COARSE;
        double f[LC__LINKS], weight = lc__rate_weight(novelty(p, raw, e[p->scale.size]));
        for (int link = 0; link < LC__LINKS; link++)
            f[link] = constant[link] + lc__dot(p->scale.size, slope[link], e);
        double mean = link_means(p, f[LC__LINK_LINEAR], f[LC__LINK_LOG]);
        double size = raw[LC__VARIANT_LIVE * LC__COL_FINE + LC__COL_RATE_SIZE];
        latency[i] = in_unit(p, lc__rate_mean(weight, lc__rate(p->shot_size, size), mean));
    }
}
