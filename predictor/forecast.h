/* From what the two links say of a net to its forecast: the last steps of every query, whichever
 * way the links' means and variances were found. */
#ifndef PREDICTOR_FORECAST_H
#define PREDICTOR_FORECAST_H

#include "adapted.h"
#include "predictor/rate.h"

/* What a link says of a net, in units of lc_predictor.unit (a logarithm under the logarithmic
 * link): mean, and variance of a measurement. */
typedef struct lc__link_view {
    double mean, variance;
} lc__link_view;

/* The regression's mean forecast, > 0, in units of lc_predictor.unit. */
double lc__mix_means(const lc_predictor *p, const lc__link_view view[LC__LINKS]);

/* What the links say of a net. */
void lc__ask_links(const lc_predictor *p, const lc__point *point, lc__link_view view[LC__LINKS]);

/* Variance of a measurement about the regression's mean, and what of it is each sample's own. */
double lc__mix_variance(const lc_predictor *p, const lc__link_view view[LC__LINKS], double mean);
double lc__mix_noise(const lc_predictor *p, const lc__link_view view[LC__LINKS]);

/* The regression's mean forecast with its 90 % interval. */
lc__estimate lc__mix(const lc_predictor *p, const lc__link_view view[LC__LINKS]);

/* The forecast, given the regression's, how far the net lies outside of what was seen, and its size
 * (column LC__RATE_SIZE); and its mean alone, given the regression's mean. */
void lc__conclude(const lc_predictor *p, lc__estimate regression, double novelty, double size,
                  lc_forecast *out);
double lc__conclude_mean(const lc_predictor *p, double mean, double novelty, double size);

/* Gradients, where the functions are smooth: of lc__mix_means() in the links' means, and of
 * lc__conclude_mean(). */
void lc__mix_slopes(const lc_predictor *p, const lc__link_view view[LC__LINKS],
                    double slope[LC__LINKS]);
typedef struct lc__conclusion_slopes {
    double mean, novelty, size;
} lc__conclusion_slopes;
lc__conclusion_slopes lc__conclude_slopes(const lc_predictor *p, double mean, double novelty,
                                          double size);

#endif
