#include "operators.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "linalg.h"
#include "model.h"

enum { WIDTH = LC__COL_FINE + LC__TOTALS, SHAPES = 2, NOISES = 18, CELLS = SHAPES * NOISES };

/* Weights of the columns by family and of their totals. */
static const double shapes[SHAPES][2] = {{1, 0}, {0.5, 0.5}};
/* Prior variance of the constant, where that of a sample's features is about 1: running an operator
 * alone costs little more than the operator. */
#define CONSTANT 0.1
/* Prior of the signal variance: inverse gamma (SHAPE / 2, RATE / 2). */
#define SCALE_SHAPE 2.0
#define SCALE_RATE 0.02
/* The least noise over signal variance; a half-decade between neighbours. */
#define LEAST_NOISE 1e-5

/* The regression over n samples. */
typedef struct fit {
    size_t n;
    double *x;      /* [n][WIDTH] columns, scaled: mean square 1 over the samples */
    double *target; /* [n] in units of their geometric mean, over the noise's deviation */
    double *root;   /* [n] 1 over the noise's deviation, up to a factor */
    double *kernel; /* [n][n], then its eigenvectors */
    double *value;  /* [n] eigenvalues */
    double *part;   /* [n] the target in the eigenvectors */
    double gain[WIDTH];
} fit;

static void fit_clear(fit *f) {
    free(f->x);
    free(f->target);
    free(f->kernel);
}

static lc_status fit_alloc(fit *f, size_t n, lc_error *err) {
    *f = (fit){.n = n};
    f->x = lc__doubles(n, WIDTH, err);
    f->target = lc__doubles(4, n, err);
    f->kernel = lc__doubles(n, n, err);
    if (!f->x || !f->target || !f->kernel)
        return LC_ENOMEM;
    f->root = f->target + n;
    f->value = f->root + n;
    f->part = f->value + n;
    return LC_OK;
}

/* gain: 1 / rms over the samples, 0 for what none of them has. */
static void scale_columns(fit *f) {
    for (size_t j = 0; j < WIDTH; j++) {
        double sum = 0;
        for (size_t i = 0; i < f->n; i++)
            sum += f->x[i * WIDTH + j] * f->x[i * WIDTH + j] / (double)f->n;
        f->gain[j] = sum > 0 ? 1 / sqrt(sum) : 0;
    }
    for (size_t first = 0; first < WIDTH; first += LC__COL_FINE) {
        size_t last = first ? (size_t)WIDTH : (size_t)LC__COL_FINE, used = 0;
        for (size_t j = first; j < last; j++)
            used += f->gain[j] > 0;
        for (size_t j = first; j < last && used > 0; j++)
            f->gain[j] /= sqrt((double)used);
    }
    for (size_t i = 0; i < f->n * WIDTH; i++)
        f->x[i] *= f->gain[i % WIDTH];
}

/* Large operators are forecast worse than small ones, in absolute terms; the smallest are as noisy
 * as the clock. */
static void scale_targets(fit *f, const double *values, double unit) {
    double square = 0;
    for (size_t i = 0; i < f->n; i++)
        square += values[i] / unit * (values[i] / unit) / (double)f->n;
    for (size_t i = 0; i < f->n; i++) {
        double z = values[i] / unit;
        f->root[i] = 1 / sqrt(z * z + square);
        f->target[i] = z * f->root[i];
    }
}

static double *row_of(const fit *f, size_t i) {
    return f->x + i * WIDTH;
}

/* Eigenvectors of the kernel of a shape, and the target in them. */
static lc_status decompose(fit *f, const double *shape, lc_error *err) {
    size_t n = f->n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const double *a = row_of(f, i), *b = row_of(f, j);
            double k = shape[0] * lc__dot(LC__COL_FINE, a, b) + CONSTANT;
            k += shape[1] * lc__dot(LC__TOTALS, a + LC__COL_FINE, b + LC__COL_FINE);
            f->kernel[i * n + j] = k * f->root[i] * f->root[j];
        }
    lc_status st = lc__eigen(n, f->kernel, f->value, err);
    for (size_t k = 0; k < n && st == LC_OK; k++) {
        f->value[k] = fmax(f->value[k], 0);
        f->part[k] = lc__dot(n, f->kernel + k * n, f->target);
    }
    return st;
}

static double noise_level(size_t i) {
    return LEAST_NOISE * pow(10, 0.5 * (double)i);
}

static double log_evidence(const fit *f, double noise) {
    double log_det = 0, energy = SCALE_RATE;
    for (size_t k = 0; k < f->n; k++) {
        log_det += log(f->value[k] + noise);
        energy += f->part[k] * f->part[k] / (f->value[k] + noise);
    }
    return -0.5 * log_det - 0.5 * ((double)f->n + SCALE_SHAPE) * log(energy);
}

/* Adds the posterior mean of the slopes of the scaled columns, times p. */
static void add_slopes(const fit *f, const double *shape, double noise, double p, double *slope) {
    size_t n = f->n;
    for (size_t i = 0; i < n; i++) {
        double alpha = 0;
        for (size_t k = 0; k < n; k++)
            alpha += f->kernel[k * n + i] * f->part[k] / (f->value[k] + noise);
        alpha *= p * f->root[i];
        lc__axpy(LC__COL_FINE, alpha * shape[0], row_of(f, i), slope);
        lc__axpy(LC__TOTALS, alpha * shape[1], row_of(f, i) + LC__COL_FINE, slope + LC__COL_FINE);
    }
}

/* The mean over shapes and noises of the slopes [WIDTH] of the scaled columns. */
static lc_status average(fit *f, double *slope, lc_error *err) {
    double evidence[SHAPES][NOISES], most = -INFINITY, sum = 0;
    lc_status st = LC_OK;
    for (size_t s = 0; s < SHAPES && st == LC_OK; s++) {
        st = decompose(f, shapes[s], err);
        for (size_t i = 0; i < NOISES && st == LC_OK; i++) {
            evidence[s][i] = log_evidence(f, noise_level(i));
            most = fmax(most, evidence[s][i]);
        }
    }
    for (size_t i = 0; i < CELLS && st == LC_OK; i++)
        sum += exp(evidence[i / NOISES][i % NOISES] - most);
    for (size_t s = 0; s < SHAPES && st == LC_OK; s++) {
        st = decompose(f, shapes[s], err);
        for (size_t i = 0; i < NOISES && st == LC_OK; i++)
            add_slopes(f, shapes[s], noise_level(i), exp(evidence[s][i] - most) / sum, slope);
    }
    return st;
}

lc_status lc__operators_fit(const lc__point *points, const size_t *rows, const double *values,
                            size_t n, lc__operators *out, lc_error *err) {
    fit f;
    double slope[WIDTH] = {0}, square = 0;
    lc_status st = fit_alloc(&f, n, err);
    if (st == LC_OK) {
        for (size_t i = 0; i < n; i++) {
            const double *x =
                points[rows[i]].x + (size_t)LC__OPERATORS_VARIANT * LC__VARIANT_FEATURES;
            memcpy(row_of(&f, i), x, LC__COL_FINE * sizeof *x);
            lc__totals(x, row_of(&f, i) + LC__COL_FINE);
            square += values[i] * values[i] / (double)n;
        }
        scale_columns(&f);
        scale_targets(&f, values, sqrt(square));
        st = average(&f, slope, err);
    }
    for (size_t j = 0; j < WIDTH; j++)
        slope[j] *= f.gain[j] * sqrt(square);
    memcpy(out->slope, slope, sizeof out->slope);
    for (size_t q = 0; q < LC__TOTALS; q++)
        lc__add_total(q, slope[LC__COL_FINE + q], out->slope);
    fit_clear(&f);
    return st;
}

double lc__operators_sum(const lc__operators *operators, const double *column) {
    return lc__dot(LC__COL_FINE, operators->slope, column);
}
