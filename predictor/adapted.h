/* What a predictor holds. */
#ifndef PREDICTOR_ADAPTED_H
#define PREDICTOR_ADAPTED_H

#include "posterior.h"

struct lc_predictor {
    lc__core *core;
    lc__scale scale;
    double unit;      /* forecasts are multiples of this: the geometric mean of the shots */
    double inflation; /* factor of the variances */
    double reach;     /* half a 90 % interval in standard deviations */
    size_t width;     /* columns in use */
    size_t column[LC__EMBED_MAX]; /* [width] which embedded columns those are, ascending */
    lc__moments moments[LC__LINKS];
    double *source_share; /* [n_sources] */
    double physical_share;
    bool has_region; /* the shots' own region, where the pool has none of their space */
    lc__region region;
};

/* Mean and variance of the forecast in units of predictor->unit. */
typedef struct lc__belief {
    double linear; /* mean under the linear link */
    double mean;   /* over both links, > 0 */
    double variance;
} lc__belief;

/* u[scale.size]: standardised columns of the net. */
void lc__believe(const lc_predictor *predictor, const double *u, lc__belief *out);

/* The mean forecast from the means under both links, in units of predictor->unit; > 0. */
double lc__link_means(const lc_predictor *predictor, double linear, double logarithm);

/* Undoes the logarithmic link, within its range of trust. */
double lc__from_log(double f);

/* Fills the shares from the posterior means of shots u[n][scale.size]. */
lc_status lc__share_sources(lc_predictor *predictor, const double *u, size_t n, lc_error *err);

#endif
