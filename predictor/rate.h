/* What a net far from everything seen is said to take: its size by the rate of the shots.
 *
 * The features' regression knows nothing of operators that no shot has, and its slopes, shrunk
 * together over a narrow range of sizes, do not carry to ten times the size. One number does: the
 * roofline sum at a balance that CPUs and accelerators lie around, of what does useful work.
 * latency = rate * size, rate the geometric mean over the shots. With growing novelty a forecast
 * goes over to this, in log space. */
#ifndef PREDICTOR_RATE_H
#define PREDICTOR_RATE_H

#include "predictor/point.h"

/* A forecast with its interval, in units of the shots' geometric mean latency. */
typedef struct lc__estimate {
    double mean, low, high; /* 0 < low <= mean <= high */
} lc__estimate;

/* What says how large a net is, for rates: a column of the live variant, and the feature it is. */
enum {
    LC__RATE_ROOF = 1, /* which of the rooflines */
    LC__COL_RATE_SIZE = LC__COL_ROOFS + LC__RATE_ROOF,
    LC__RATE_SIZE = LC__VARIANT_LIVE * LC__VARIANT_FEATURES + LC__COL_RATE_SIZE,
    LC__RATE_COLUMN = LC__VARIANT_LIVE * LC__COL_FINE + LC__COL_RATE_SIZE /* among the coarse */
};

/* Geometric mean size of the shots points[rows[n]], n >= 1; > 0. */
double lc__rate_shot_size(const lc__point *points, const size_t *rows, size_t n);

/* What the rate says of a net of this size; > 0. */
double lc__rate(double shot_size, double size);

/* What the rate counts for: 0 up to novelty 1, rising smoothly to 1 at LC_NOVELTY_FAR. */
double lc__rate_weight(double novelty);

/* The mean forecast `mean` (> 0) gone over to the rate; weight 0 leaves it as it is. */
double lc__rate_mean(double weight, double rate, double mean);

/* Gradients of the three above, of the last for weight > 0. */
double lc__rate_weight_slope(double novelty);
double lc__rate_slope(double shot_size, double size);
typedef struct lc__rate_slopes {
    double weight, rate, mean;
} lc__rate_slopes;
lc__rate_slopes lc__rate_mean_slopes(double weight, double rate, double mean);

/* The same for a forecast with its interval, which widens. */
void lc__rate_lean(double weight, double rate, lc__estimate *e);

#endif
