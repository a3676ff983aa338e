#include "refit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
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

/* Noise variances over the coefficients' that are averaged over. None is smaller: five readings of
 * a phone may lie on a plane by chance, and a fit through all of them ranks by their rounding. */
static const double noises[] = {1e-2, 0.1, 1, 10};
enum { NOISES = sizeof noises / sizeof *noises };

/* The grid's average weights of the blocks. */
static void average_weights(const lc__posterior *posterior, size_t link, double *weight) {
    double mass = 0;
    for (size_t b = 0; b < LC__BLOCKS; b++)
        weight[b] = 0;
    for (size_t i = 0; i < posterior->n_parts[link]; i++) {
        const lc__part *part = &posterior->part[link][i];
        mass += part->p;
        lc__axpy(LC__BLOCKS, part->p, part->pattern->weight, weight);
    }
    for (size_t b = 0; b < LC__BLOCKS; b++)
        weight[b] /= mass;
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

/* mean[width + 1]: the mean over the noises by their evidence, of which room[NOISES][width + 1] is
 * for the single ones. The evidence takes the coefficients that are held at 0 for none at all. */
static lc_status average_noises(lc__positive *problem, double *room, double *mean, lc_error *err) {
    double evidence[NOISES], most = -INFINITY, sum = 0;
    size_t order = problem->width + 1;
    for (int i = 0; i < NOISES; i++) {
        lc__positive_answer answer = {.mean = room + (size_t)i * order};
        problem->noise = noises[i];
        lc_status st = lc__positive_fit(problem, &answer, err);
        if (st != LC_OK)
            return st;
        evidence[i] =
            -0.5 * answer.log_determinant -
            0.5 * ((double)problem->n - 1 + LC__SCALE_SHAPE) * log(answer.energy + LC__SCALE_RATE);
        most = fmax(most, evidence[i]);
    }
    memset(mean, 0, order * sizeof *mean);
    for (int i = 0; i < NOISES; i++)
        sum += exp(evidence[i] - most);
    for (int i = 0; i < NOISES; i++)
        lc__axpy(order, exp(evidence[i] - most) / sum, room + (size_t)i * order, mean);
    return LC_OK;
}

lc_status lc__refit(const lc_predictor *p, const lc__posterior *posterior, const lc__blocks *blocks,
                    size_t link, const double *u, const double *target, lc__moments *moments,
                    lc_error *err) {
    size_t n = blocks->n, width = p->width;
    double weight[LC__BLOCKS], *variance = lc__doubles(n + 3 + NOISES, width + 1, err);
    if (!variance)
        return LC_ENOMEM;
    double *ease = variance + width, *x = ease + width, *mean = x + n * width;
    average_weights(posterior, link, weight);
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
                            .ease = ease};
    lc_status st = average_noises(&problem, mean + width + 1, mean, err);
    /* With many samples the grid's own mean knows where a device contradicts. */
    double keep = fmax(1 - ALONE_UP_TO / (double)n, operators_trust(posterior, link));
    for (size_t k = 0; k <= width && st == LC_OK; k++)
        moments->mean[k] = keep * moments->mean[k] + (1 - keep) * mean[k];
    free(variance);
    return st;
}
