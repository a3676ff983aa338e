/* Which operators to measure: a greedy design for what operators.c learns from them, a latency
 * linear in the features that adds up over a net. What counts is the variance of the nets' sums. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "design.h"
#include "linalg.h"
#include "model.h"
#include "operators.h"

enum { WIDTH = LC__COL_FINE + LC__TOTALS };

/* Variance of the constant that operators run alone have, and of their noise, as shares of their
 * mean variance: a constant is common to all, noise grows with the operator. */
#define CONSTANT 0.1
#define NOISE 0.01

static const size_t *rows_of(const lc__operator_selection *from, size_t i, size_t *at) {
    if (i < from->n) {
        *at = i;
        return from->candidates;
    }
    *at = i < from->n + from->n_measured ? i - from->n : i - from->n - from->n_measured;
    return i < from->n + from->n_measured ? from->measured : from->nets;
}

/* Columns by family and their totals, x[n][WIDTH], scaled so that every column of the nets has
 * mean square 1 / WIDTH. */
static void fill_columns(const lc__design *d, double *x) {
    for (size_t i = 0; i < d->n; i++) {
        const double *own = d->point[i]->x + (size_t)LC__OPERATORS_VARIANT * LC__VARIANT_FEATURES;
        memcpy(x + i * WIDTH, own, LC__COL_FINE * sizeof *x);
        lc__totals(own, x + i * WIDTH + LC__COL_FINE);
    }
    for (size_t j = 0; j < WIDTH; j++) {
        double square = 0;
        for (size_t i = d->crowd; i < d->n; i++)
            square += x[i * WIDTH + j] * x[i * WIDTH + j] / (double)d->n_crowd;
        double gain = square > 0 ? 1 / sqrt(square * WIDTH) : 0;
        for (size_t i = 0; i < d->n; i++)
            x[i * WIDTH + j] *= gain;
    }
}

/* Covariances, with what operators alone have besides. */
static void fill_covariances(lc__design *d, const double *x) {
    double mean = 0;
    lc__gemm(false, true, d->n, d->n, WIDTH, 1, x, x, 0, d->cov);
    for (size_t i = 0; i < d->crowd; i++)
        mean += d->cov[i * d->n + i] / (double)d->crowd;
    for (size_t i = 0; i < d->crowd; i++) {
        d->noise[i] = NOISE * (mean + d->cov[i * d->n + i]);
        for (size_t j = 0; j < d->crowd; j++)
            d->cov[i * d->n + j] += CONSTANT * mean;
    }
}

static lc_status make_design(lc__design *d, const lc__operator_selection *from, lc_error *err) {
    size_t n = from->n + from->n_measured + from->n_nets;
    lc_status st = lc__design_room(d, from->n, n, err);
    if (st != LC_OK)
        return st;
    double *x = lc__doubles(n, WIDTH, err);
    if (!x)
        return LC_ENOMEM;
    d->crowd = from->n + from->n_measured;
    d->n_crowd = from->n_nets;
    for (size_t i = 0; i < n; i++) {
        size_t at;
        const size_t *rows = rows_of(from, i, &at);
        d->point[i] = &from->points[rows[at]];
    }
    fill_columns(d, x);
    fill_covariances(d, x);
    free(x);
    return LC_OK;
}

/* The candidate that tells most of the nets; those that are closed come last. */
static size_t best_of(const lc__design *d, const bool *taken) {
    size_t best = d->n_open;
    double most = -INFINITY;
    for (size_t i = 0; i < d->n_open; i++) {
        double gain = d->closed[i] ? -1 : lc__design_gain(d, i);
        if (!taken[i] && gain > most) {
            most = gain;
            best = i;
        }
    }
    return best;
}

lc_status lc__select_operators(const lc__operator_selection *from, size_t k, size_t *chosen,
                               double *tells, lc_error *err) {
    if (k > from->n)
        return lc_error_set(err, LC_EUSAGE, "%zu operators cannot be chosen from %zu", k, from->n);
    lc__design d;
    bool *taken = calloc(from->n + 1, sizeof *taken);
    lc_status st = make_design(&d, from, err);
    if (!taken) {
        lc_error_set(err, LC_ENOMEM, "out of memory for %zu operators", from->n);
        st = LC_ENOMEM;
    }
    double all = st == LC_OK ? lc__design_variance(&d) : 0;
    for (size_t i = from->n; i < from->n + from->n_measured && st == LC_OK; i++)
        lc__design_take(&d, i);
    for (size_t i = 0; i < k && st == LC_OK; i++) {
        chosen[i] = best_of(&d, taken);
        tells[i] = all > 0 ? lc__design_gain(&d, chosen[i]) / all : 0;
        taken[chosen[i]] = true;
        lc__design_take(&d, chosen[i]);
    }
    lc__design_clear(&d);
    free(taken);
    return st;
}
