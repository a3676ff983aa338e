/* The mean forecast once more, knowing that what costs more takes longer. */
#ifndef PREDICTOR_REFIT_H
#define PREDICTOR_REFIT_H

#include "adapted.h"

/* From so many samples on the mean is refitted; fewer need the grid's prior means. */
#define LC__REFIT_FROM 4

/* Draws the mean of one link's moments to that of one regression with the grid's average weights
 * whose coefficients resist being negative (positive.h), averaged over its noise: all the way with
 * few samples, unless operators that were measured have a say in it.
 * u[n][p->scale.size] are the samples' standardised columns, target[n] what the link makes of their
 * values. */
lc_status lc__refit(const lc_predictor *p, const lc__posterior *posterior, const lc__blocks *blocks,
                    size_t link, const double *u, const double *target, lc__moments *moments,
                    lc_error *err);

#endif
