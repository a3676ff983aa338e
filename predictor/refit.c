#include "refit.h"

#include <math.h>
#include <stdlib.h>
#include "linalg.h"
#include "predictor/positive.h"

/* Element-wise operators are often fused into others, and where a net has fewer of them something
 * else may stand in: a framework that adds up what all edges bring runs as many sums without them.
 * So their coefficients may be negative, if with less freedom. */
#define ELEMENTWISE_EASE 0.3

/* Up to so many samples the refitted mean is all of it; of n samples' it is ALONE_UP_TO / n. */
#define ALONE_UP_TO 10.0

static bool is_elementwise(size_t column) {
    if (column >= LC__EMBED_TOTALS)
        return false;
    size_t feature = (column - LC__EMBED_COARSE) % LC__COL_FINE;
    return lc__feature_family(feature) == LC__FAMILY_elementwise;
}

/* The grid's average: weights of the blocks, and the noise, geometrically. */
static double average(const lc__posterior *posterior, size_t link, double *weight) {
    double mass = 0, log_noise = 0;
    for (size_t b = 0; b < LC__BLOCKS; b++)
        weight[b] = 0;
    for (size_t i = 0; i < posterior->n_parts[link]; i++) {
        const lc__part *part = &posterior->part[link][i];
        mass += part->p;
        log_noise += part->log_noise;
        lc__axpy(LC__BLOCKS, part->p, part->pattern->weight, weight);
    }
    for (size_t b = 0; b < LC__BLOCKS; b++)
        weight[b] /= mass;
    return exp(log_noise / mass);
}

/* How likely it is that the sum of the operators measured is in the mean: what the operators say is
 * positive by itself, and the refitted mean does not have it. */
static double operators_trust(const lc__posterior *posterior, size_t link) {
    double mass = 0, slope = 0, square = 0;
    for (size_t i = 0; i < posterior->n_parts[link]; i++) {
        const lc__part *part = &posterior->part[link][i];
        mass += part->p;
        slope += part->lean[LC__OPERATORS_VARIANT].p;
        square += part->lean[LC__OPERATORS_VARIANT].pp;
    }
    return square > 0 ? fmin(slope * slope / square / mass, 1) : 0;
}

/* variance[width] of the coefficients. The main directions of the totals are combinations of either
 * sign, so their weight goes to the totals themselves. */
static void spread_weights(const lc__blocks *blocks, size_t link, const double *weight,
                           double *variance) {
    for (size_t b = 0; b < LC__BLOCKS; b++) {
        const lc__block *block = &blocks->block[link][b];
        for (size_t k = 0; k < block->count; k++)
            variance[block->first + k] += weight[b];
    }
}

lc_status lc__refit(const lc_predictor *p, const lc__posterior *posterior, const lc__blocks *blocks,
                    size_t link, const double *u, const double *target, lc__moments *moments,
                    lc_error *err) {
    size_t n = blocks->n, width = p->width;
    double weight[LC__BLOCKS], *variance = lc__doubles(4 + n, width, err);
    if (!variance)
        return LC_ENOMEM;
    double *ease = variance + width, *x = ease + width;
    double noise = average(posterior, link, weight);
    spread_weights(blocks, link, weight, variance);
    for (size_t k = 0; k < width; k++) {
        ease[k] = is_elementwise(p->column[k]) ? ELEMENTWISE_EASE : 0;
        for (size_t i = 0; i < n; i++)
            x[i * width + k] = u[i * p->scale.size + p->column[k]];
    }
    lc__positive problem = {.n = n,
                            .width = width,
                            .x = x,
                            .target = target,
                            .root = posterior->frame.root,
                            .variance = variance,
                            .ease = ease,
                            .noise = noise};
    double *mean = x + n * width;
    lc_status st = lc__positive_fit(&problem, mean, err);
    /* With many samples the grid's own mean knows where a device contradicts. */
    double keep = fmax(1 - ALONE_UP_TO / (double)n, operators_trust(posterior, link));
    for (size_t k = 0; k <= width && st == LC_OK; k++)
        moments->mean[k] = keep * moments->mean[k] + (1 - keep) * mean[k];
    free(variance);
    return st;
}
