#include "predictor/rate.h"

#include <math.h>
#include "latcast/predictor.h"

/* Half the width, in logarithms, of a rate's interval: a factor of 4 either way, since a kernel
 * that is poor at an operator no shot has may be off by that, and a tenth of the way, in
 * logarithms, from the shots' size to the net's. */
#define WIDTH log(4)
#define WIDTH_PER_LOG_SIZE 0.1
/* How far the regression may draw the mean away from the rate, in logarithms, where both count the
 * same: where it fails, it may be off by orders of magnitude. */
#define PULL log(4)
/* A net without work takes no less than this share of what the shots take. */
#define LEAST_SIZE 1e-3

double lc__rate_shot_size(const lc__point *points, const size_t *rows, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(fmax(points[rows[i]].x[LC__RATE_SIZE], 1)) / (double)n;
    return exp(sum);
}

double lc__rate_weight(double novelty) {
    double t = log(fmax(novelty, 1)) / log(LC_NOVELTY_FAR);
    /* Flat to second order at both ends: just outside, the regression knows better. */
    return t < 1 ? t * t * t * (10 - 15 * t + 6 * t * t) : 1;
}

double lc__rate_weight_slope(double novelty) {
    double t = log(fmax(novelty, 1)) / log(LC_NOVELTY_FAR);
    return t < 1 ? 30 * t * t * (1 - t) * (1 - t) / (novelty * log(LC_NOVELTY_FAR)) : 0;
}

double lc__rate(double shot_size, double size) {
    return fmax(size / shot_size, LEAST_SIZE);
}

double lc__rate_slope(double shot_size, double size) {
    return size / shot_size > LEAST_SIZE ? 1 / shot_size : 0;
}

/* Logarithm of the regression's forecast over the rate's, bounded as the rate gains weight. */
static double pull(double weight, double rate, double mean) {
    double most = PULL / weight;
    return fmin(fmax(log(mean / rate), -most), most);
}

double lc__rate_mean(double weight, double rate, double mean) {
    return weight > 0 ? rate * exp((1 - weight) * pull(weight, rate, mean)) : mean;
}

lc__rate_slopes lc__rate_mean_slopes(double weight, double rate, double mean) {
    double drawn = pull(weight, rate, mean), all = rate * exp((1 - weight) * drawn);
    if (fabs(drawn) < PULL / weight)
        return (lc__rate_slopes){
            .weight = -all * drawn, .rate = all * weight / rate, .mean = all * (1 - weight) / mean};
    return (lc__rate_slopes){.weight = -all * drawn / weight, .rate = all / rate};
}

void lc__rate_lean(double weight, double rate, lc__estimate *e) {
    if (weight <= 0)
        return;
    double mean = lc__rate_mean(weight, rate, e->mean);
    /* Where neither has the say, the interval reaches from one to the other. */
    double more = weight * (WIDTH + WIDTH_PER_LOG_SIZE * fabs(log(rate))) +
                  2 * weight * (1 - weight) * fabs(pull(weight, rate, e->mean));
    e->low = mean * exp(-(1 - weight) * log(e->mean / e->low) - more);
    e->high = mean * exp((1 - weight) * log(e->high / e->mean) + more);
    e->mean = mean;
}
