/* The moments of a forecast, summed over the grid, as functions of a net. */
#ifndef PREDICTOR_MOMENTS_H
#define PREDICTOR_MOMENTS_H

#include "chart.h"

/* Under one link, with y the net's standardised columns in use and z its coordinates in the chart:
 *   E f = mean . (y, 1)
 *   Var f = z' variance z + sum_b own[b] |y over block b|^2
 * given the link. */
typedef struct lc__moments {
    double mass;            /* probability of the link */
    double *mean;           /* [width + 1] */
    double *variance;       /* [chart.size][chart.size], symmetric */
    double own[LC__BLOCKS]; /* prior variance of the blocks that are not in `variance` */
    double noise;           /* mean variance of a sample's noise */
} lc__moments;

/* Fills *out; release with lc__moments_clear() (also on failure). The blocks' rows are in the
 * posterior's frame. */
lc_status lc__moments_make(const lc__posterior *posterior, const lc__blocks *blocks,
                           const lc__chart *chart, size_t link, lc__moments *out, lc_error *err);
void lc__moments_clear(lc__moments *moments);

/* Var f of a net. */
double lc__moments_variance(const lc__moments *moments, const lc__chart *chart, const double *y,
                            const double *z);

/* form[n][n] += sum_b own[b] (y_i over block b) . (y_j over block b) for y[n][width + 1]. */
void lc__moments_add_own(const lc__moments *moments, const lc__chart *chart, const double *y,
                         size_t n, double *form);

#endif
