#include "forecast.h"

#include <float.h>
#include <math.h>

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

static double positive_slope(double f) {
    if (f >= BEND)
        return 1;
    return f / BEND - 1 > -20 ? exp(f / BEND - 1) : 0;
}

double lc__from_log(double f) {
    return exp(fmin(fmax(f, -LOG_RANGE), LOG_RANGE));
}

double lc__mix_means(const lc_predictor *p, const lc__link_view view[LC__LINKS]) {
    double mass = p->moments[LC__LINK_LINEAR].mass, log_mass = p->moments[LC__LINK_LOG].mass;
    double linear = positive(view[LC__LINK_LINEAR].mean);
    double logarithm = lc__from_log(view[LC__LINK_LOG].mean);
    return (mass * linear + log_mass * logarithm) / (mass + log_mass);
}

void lc__mix_slopes(const lc_predictor *p, const lc__link_view view[LC__LINKS],
                    double slope[LC__LINKS]) {
    double mass = p->moments[LC__LINK_LINEAR].mass, log_mass = p->moments[LC__LINK_LOG].mass;
    double f = view[LC__LINK_LOG].mean;
    slope[LC__LINK_LINEAR] = mass / (mass + log_mass) * positive_slope(view[LC__LINK_LINEAR].mean);
    slope[LC__LINK_LOG] = fabs(f) < LOG_RANGE ? log_mass / (mass + log_mass) * exp(f) : 0;
}

double lc__mix_variance(const lc_predictor *p, const lc__link_view view[LC__LINKS], double mean) {
    double total = 0, square = 0;
    for (int link = 0; link < LC__LINKS; link++) {
        double mass = p->moments[link].mass, g = view[link].mean, spread = view[link].variance;
        if (link == LC__LINK_LOG) {
            g = lc__from_log(g);
            spread *= g * g;
        }
        total += mass;
        square += mass * (spread + (g - mean) * (g - mean));
    }
    return fmax(square / total, 1e-12) * p->inflation;
}

double lc__mix_noise(const lc_predictor *p, const lc__link_view view[LC__LINKS]) {
    double total = 0, sum = 0;
    for (int link = 0; link < LC__LINKS; link++) {
        double mass = p->moments[link].mass, noise = p->moments[link].noise;
        if (link == LC__LINK_LINEAR)
            noise -= p->alone;
        double g = link == LC__LINK_LOG ? lc__from_log(view[link].mean) : 1;
        total += mass;
        sum += mass * noise * g * g;
    }
    return sum / total * p->inflation;
}

lc__estimate lc__mix(const lc_predictor *p, const lc__link_view view[LC__LINKS]) {
    double mean = lc__mix_means(p, view), occasion = p->repeatability * mean;
    double half = p->reach * sqrt(lc__mix_variance(p, view, mean) + occasion * occasion);
    double low = mean - half, high = mean + half;
    low = fmax(low, LEAST_LOW * mean);
    if (p->moments[LC__LINK_LOG].mass > p->moments[LC__LINK_LINEAR].mass) {
        double ratio = exp(fmin(half / mean, LOG_WIDTH));
        low = mean / ratio;
        high = mean * ratio;
    }
    return (lc__estimate){mean, low, high};
}

/* Keeps a forecast a positive, finite number in the shots' unit. */
static double in_unit(const lc_predictor *p, double f) {
    return fmin(fmax(f * p->unit, DBL_MIN), DBL_MAX);
}

void lc__conclude(const lc_predictor *p, lc__estimate regression, double novelty, double size,
                  lc_forecast *out) {
    lc__rate_lean(lc__rate_weight(novelty), lc__rate(p->shot_size, size), &regression);
    out->novelty = novelty;
    out->out_of_range = novelty > 1;
    out->latency = in_unit(p, regression.mean);
    out->low = in_unit(p, regression.low);
    out->high = in_unit(p, regression.high);
}

double lc__conclude_mean(const lc_predictor *p, double mean, double novelty, double size) {
    return in_unit(p, lc__rate_mean(lc__rate_weight(novelty), lc__rate(p->shot_size, size), mean));
}

lc__conclusion_slopes lc__conclude_slopes(const lc_predictor *p, double mean, double novelty,
                                          double size) {
    double weight = lc__rate_weight(novelty), rate = lc__rate(p->shot_size, size);
    if (weight <= 0)
        return (lc__conclusion_slopes){.mean = p->unit};
    lc__rate_slopes s = lc__rate_mean_slopes(weight, rate, mean);
    return (lc__conclusion_slopes){.mean = p->unit * s.mean,
                                   .novelty = p->unit * s.weight * lc__rate_weight_slope(novelty),
                                   .size = p->unit * s.rate * lc__rate_slope(p->shot_size, size)};
}
