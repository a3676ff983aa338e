/* What a source device has taught: ridge regression on all features of its nets, the strength of
 * the penalty by the evidence. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "linalg.h"
#include "model.h"

static const double penalties[] = {1e-4, 1e-3, 1e-2, 1e-1};
enum { N_PENALTIES = sizeof penalties / sizeof *penalties };

/* The regression in the eigenbasis of the d x d second moment of the design. */
typedef struct ridge {
    size_t n, d;
    double *design;  /* [n][d], centred */
    double *target;  /* [n], centred */
    double *basis;   /* [d][d], row k the k-th eigenvector */
    double *values;  /* [d] */
    double *pattern; /* [d], design' target in the eigenbasis */
    double energy;   /* |target|^2 */
} ridge;

static void ridge_clear(ridge *r) {
    free(r->design);
    free(r->target);
    free(r->basis);
    free(r->values);
    free(r->pattern);
}

static lc_status ridge_alloc(ridge *r, size_t n, size_t d, lc_error *err) {
    *r = (ridge){.n = n, .d = d};
    r->design = lc__doubles(n, d, err);
    r->target = lc__doubles(n, 1, err);
    r->basis = lc__doubles(d, d, err);
    r->values = lc__doubles(d, 1, err);
    r->pattern = lc__doubles(d, 1, err);
    return r->design && r->target && r->basis && r->values && r->pattern ? LC_OK : LC_ENOMEM;
}

/* Takes the mean of every column away and returns it in mean[d]. */
static void centre(double *x, size_t n, size_t d, double *mean) {
    memset(mean, 0, d * sizeof *mean);
    for (size_t i = 0; i < n; i++)
        lc__axpy(d, 1 / (double)n, x + i * d, mean);
    for (size_t i = 0; i < n; i++)
        lc__axpy(d, -1, mean, x + i * d);
}

static lc_status ridge_decompose(ridge *r, lc_error *err) {
    lc__gemm(true, false, r->d, r->d, r->n, 1, r->design, r->design, 0, r->basis);
    lc_status st = lc__eigen(r->d, r->basis, r->values, err);
    if (st != LC_OK)
        return st;
    double *moment = lc__doubles(r->d, 1, err);
    if (!moment)
        return LC_ENOMEM;
    lc__gemm(true, false, r->d, 1, r->n, 1, r->design, r->target, 0, moment);
    for (size_t k = 0; k < r->d; k++) {
        r->values[k] = fmax(r->values[k], 0);
        r->pattern[k] = lc__dot(r->d, r->basis + k * r->d, moment);
    }
    r->energy = lc__dot(r->n, r->target, r->target);
    free(moment);
    return LC_OK;
}

/* Log evidence of a penalty, the overall scale integrated out. */
static double evidence(const ridge *r, double penalty) {
    double log_det = ((double)r->n - (double)r->d) * log(penalty), explained = 0;
    for (size_t k = 0; k < r->d; k++) {
        log_det += log(r->values[k] + penalty);
        explained += r->pattern[k] * r->pattern[k] / (r->values[k] + penalty);
    }
    double rest = fmax(r->energy - explained, 1e-12 * r->energy) / penalty;
    return -0.5 * log_det - 0.5 * ((double)r->n - 1) * log(fmax(rest, 1e-300));
}

static void best_weights(const ridge *r, double *weights) {
    double best = -INFINITY, penalty = penalties[0];
    for (int i = 0; i < N_PENALTIES; i++) {
        double e = evidence(r, penalties[i]);
        if (e > best) {
            best = e;
            penalty = penalties[i];
        }
    }
    memset(weights, 0, r->d * sizeof *weights);
    for (size_t k = 0; k < r->d; k++)
        lc__axpy(r->d, r->pattern[k] / (r->values[k] + penalty), r->basis + k * r->d, weights);
}

static lc_status fit(ridge *r, const lc__points *points, const size_t *rows, const double *values,
                     const lc__feature_scale *scale, const size_t *columns, lc__source *out,
                     lc_error *err) {
    double mean_value = 0, root = sqrt(fmax((double)r->d, 1));
    for (size_t i = 0; i < r->n; i++)
        mean_value += values[i] / (double)r->n;
    lc__point room;
    for (size_t i = 0; i < r->n; i++) {
        const double *x = lc__points_at(points, rows[i], &room)->x;
        r->target[i] = values[i] / mean_value - 1;
        for (size_t k = 0; k < r->d; k++) {
            size_t j = columns[k];
            r->design[i * r->d + k] = (x[j] - scale->mean[j]) * scale->gain[j] / root;
        }
    }
    double *mean = lc__doubles(2, r->d, err);
    if (!mean)
        return LC_ENOMEM;
    double *weights = mean + r->d;
    centre(r->design, r->n, r->d, mean);
    lc_status st = ridge_decompose(r, err);
    if (st == LC_OK) {
        best_weights(r, weights);
        out->constant = 1 - lc__dot(r->d, weights, mean);
        for (size_t k = 0; k < r->d; k++) {
            size_t j = columns[k];
            out->slope[j] = weights[k] * scale->gain[j] / root;
            out->constant -= out->slope[j] * scale->mean[j];
        }
    }
    free(mean);
    return st;
}

lc_status lc__source_fit(const lc__points *points, const size_t *rows, const double *values,
                         size_t n, const lc__feature_scale *scale, lc__source *out, lc_error *err) {
    size_t columns[LC__FEATURES], d = 0;
    for (size_t j = 0; j < LC__FEATURES; j++)
        if (scale->gain[j] > 0)
            columns[d++] = j;
    ridge r;
    lc_status st = ridge_alloc(&r, n, d, err);
    if (st == LC_OK)
        st = fit(&r, points, rows, values, scale, columns, out, err);
    ridge_clear(&r);
    return st;
}
