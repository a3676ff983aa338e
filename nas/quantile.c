#include "quantile.h"

#include <math.h>

#define UPPER_END 0.95 /* of a 90 % interval, one-sided */

/* Of the standard normal distribution, q >= 0.5. Newton from the median: its distribution function
 * is concave there, so the steps never go too far. */
static double normal_quantile(double q) {
    double z = 0;
    for (int i = 0; i < 60; i++) {
        double missing = q - 0.5 * erfc(-z * M_SQRT1_2);
        z += missing / (exp(-z * z / 2) / sqrt(2 * M_PI));
    }
    return z;
}

/* Of Student's distribution with 4 degrees of freedom, q > 0.5: its distribution function solved
 * for the quantile, a cubic. */
static double student_quantile(double q) {
    double a = 4 * q * (1 - q), c = cos(acos(sqrt(a)) / 3) / sqrt(a);
    return 2 * sqrt(c - 1);
}

double lc__quantile_reach(double confidence) {
    if (confidence <= 0.5)
        return 0;
    if (confidence <= UPPER_END)
        return normal_quantile(confidence) / normal_quantile(UPPER_END);
    return student_quantile(confidence) / student_quantile(UPPER_END);
}

double lc__upper_quantile(double mean, double high, double reach) {
    if (!(mean > 0) || !(high > mean))
        return mean;
    return reach <= 1 ? mean + reach * (high - mean) : mean * pow(high / mean, reach);
}
