/* What forecasts of candidate nets have to do with each other, and how much of what is not known of
 * them a measurement would tell: the covariance of the forecasts, conditioned step by step on what
 * is taken as measured. */
#ifndef PREDICTOR_DESIGN_H
#define PREDICTOR_DESIGN_H

#include "predictor/selection.h"

typedef struct lc__design {
    size_t n;              /* candidates, then what is measured */
    size_t n_open;         /* the first n_open may be chosen */
    size_t crowd, n_crowd; /* rows crowd .. crowd + n_crowd - 1 are to be told of */
    double *cov;           /* [n][n] of the forecasts, given what is taken */
    double *noise;         /* [n] variance of a measurement's noise */
    double *mean;          /* [n] expected latencies, > 0; 1 where nothing of the device is known */
    bool *closed;          /* [n] taken, or computes the same as one that is */
    const lc__point **point; /* [n] */
    double unit; /* of mean and of the square roots of cov and noise, in that of values */
} lc__design;

/* The design before anything is known of the device's speed: nets are alike as their features are,
 * mean variance 1. The candidates are the first n_open of `from`; what is measured is taken.
 * Release with lc__design_clear(), also on failure. */
lc_status lc__design_prior(lc__design *d, const lc__selection *from, size_t n_open, lc_error *err);

/* The design that choices among the first `most` candidates go by: if `adapted` is asked for and
 * values are known, how forecasts err together under the posterior, with its weights of the blocks,
 * its noise and its link, and *predictor is that; else the prior one, and *predictor is NULL.
 * Release both, also on failure. */
lc_status lc__design_make(lc__design *d, const lc__selection *from, bool adapted, size_t most,
                          lc_predictor **predictor, lc_error *err);
void lc__design_clear(lc__design *d);

/* Room for n rows, the first n_open of them candidates and crowd; nothing filled in. */
lc_status lc__design_room(lc__design *d, size_t n_open, size_t n, lc_error *err);
/* Room for n_open candidates, who are the crowd too, and what is measured; nothing taken. */
lc_status lc__design_alloc(lc__design *d, const lc__selection *from, size_t n_open, lc_error *err);

/* Takes row j as measured. Rows that compute the same are closed: a net is not worth measuring
 * twice. */
void lc__design_take(lc__design *d, size_t j);

/* Sum over the crowd of the variance of its forecasts; and by how much measuring row j would lessen
 * it. */
double lc__design_variance(const lc__design *d);
double lc__design_gain(const lc__design *d, size_t j);

/* medoid[m]: candidates, each the most central of a cluster (k-medoids, Park and Jun's alternation
 * from a greedy start); clusters of equal nets may share one. */
lc_status lc__design_medoids(const lc__design *d, size_t m, size_t *medoid, lc_error *err);

#endif
