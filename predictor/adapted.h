/* What a predictor holds. */
#ifndef PREDICTOR_ADAPTED_H
#define PREDICTOR_ADAPTED_H

#include "moments.h"

struct lc_predictor {
    lc__core *core;
    lc__scale scale;
    double unit;              /* forecasts are multiples of this: the geometric mean of the shots */
    double shot_size;         /* geometric mean size of the shots, for the rate (rate.h) */
    bool rate_by_sum;         /* nets' sizes are sums of their operators, see lc__rated_size() */
    double inflation;         /* factor of the variances */
    double repeatability;     /* lc_adapt_options.repeatability */
    double reading;           /* lc_adapt_options.reading */
    bool known[LC__FAMILIES]; /* families of operators that the pool's nets or the shots have */
    double alone; /* part of the noise that is doubt about the constant, for want of nets */
    double reach; /* half a 90 % interval in standard deviations */
    size_t width; /* columns in use */
    size_t column[LC__EMBED_MAX]; /* [width] which embedded columns those are, ascending */
    lc__chart chart;
    lc__moments moments[LC__LINKS];
    double *source_share; /* [n_sources] */
    double *trust;        /* [n_trust] lc_predictor_trust() */
    size_t n_trust;
    double physical_share;
    bool has_region; /* the shots' own region, where the pool has none of their space */
    lc__region region;
};

/* Half a 90 % interval after n samples, in standard deviations. */
double lc__reach(double n);

/* Shots of a space that the pool does not have, or that mostly lie outside of what it has of
 * theirs (explicit nets are of many kinds), make a region of their own. */
lc_status lc__add_shot_region(lc_predictor *p, const lc__point *points, const size_t *rows,
                              size_t n, lc_error *err);

/* Undoes the logarithmic link, within its range of trust. */
double lc__from_log(double f);

/* What the rate is asked for of a net (as lc__rate()'s size), given its variants' coarse columns,
 * `stride` apart: column LC__COL_RATE_SIZE; where operators were measured and the nets agree with
 * them, what these sum up to. */
double lc__rated_size(const lc_predictor *p, const double *columns, size_t stride);

/* The mean forecast of the regression alone, whatever the novelty, in the shots' unit; > 0. */
double lc__regression_mean(const lc_predictor *p, const lc__point *point);

/* Mean of a link as a function of embedded columns e: the constant returned + slope . e, for
 * slope[scale.size]. */
double lc__link_slopes(const lc_predictor *p, int link, double *slope);

/* Whether column[k] has any say in a forecast or its interval. */
bool lc__column_counts(const lc_predictor *p, size_t k);

/* Covariances of a link's forecasts: form[n][n] for vectors y[n][width + 1], each the columns in
 * use and a 1 or a combination of such; without the noise of measurements. */
lc_status lc__link_form(const lc_predictor *p, int link, const double *y, size_t n, double *form,
                        lc_error *err);

/* Fills the shares from the posterior means of shots u[n][scale.size]. */
lc_status lc__share_sources(lc_predictor *predictor, const double *u, size_t n, lc_error *err);

#endif
