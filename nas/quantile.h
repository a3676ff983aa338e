/* Quantiles of a forecast, from its 90 % interval. */
#ifndef NAS_QUANTILE_H
#define NAS_QUANTILE_H

/* How far the quantile of a confidence (0.5 to 0.999) lies above the mean, in units of how far the
 * upper end of a 90 % interval does; 0 at 0.5, 1 at 0.95. */
double lc__quantile_reach(double confidence);

/* The quantile, given that reach: not below the truth whether errors add or multiply. */
double lc__upper_quantile(double mean, double high, double reach);

#endif
