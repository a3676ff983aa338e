#include "predictor/positive.h"

#include <math.h>
#include <stdlib.h>
#include "linalg.h"

#define STEPS_MAX 50
/* A step is halved until the objective falls by so much of what its slope promises. */
#define SUFFICIENT 1e-4
#define STEP_LEAST 1e-4
/* Where the equations hold to this, relative to the target. */
#define TOLERANCE 1e-10

/* The dual problem: minimise noise |a|^2 / 2 + sum_k bend_k g_k^2 / 2 - target . a with
 * g = design' a and bend_k = 1, or ease_k where g_k < 0. */
typedef struct dual {
    const lc__positive *problem;
    size_t n, d;           /* d: columns with a variance */
    size_t *column;        /* [d] which those are */
    double *mean;          /* [d] weighted means of the columns */
    double *design;        /* [d][n] column by column: (x - mean) sqrt(variance w) */
    double *target;        /* [n] (target - its weighted mean) sqrt(w) */
    double *a, *trial;     /* [n] */
    double *g, *trial_g;   /* [d] */
    double *rest, *matrix; /* [n], [n][n] */
    double *active;        /* [d][n] columns that bend, times the root of how much */
    double target_mean;
} dual;

static lc_status dual_alloc(dual *s, lc_error *err) {
    size_t n = s->n, d = s->d;
    s->column = calloc(d + 1, sizeof *s->column);
    double *room = s->mean = lc__doubles(2 * d * n + 3 * d + 4 * n + n * n, 1, err);
    if (!s->column || !room) {
        lc_error_set(err, LC_ENOMEM, "out of memory for %zu samples", n);
        return LC_ENOMEM;
    }
    s->g = room + d;
    s->trial_g = s->g + d;
    s->design = s->trial_g + d;
    s->target = s->design + d * n;
    s->a = s->target + n;
    s->trial = s->a + n;
    s->rest = s->trial + n;
    s->matrix = s->rest + n;
    s->active = s->matrix + n * n;
    return LC_OK;
}

static void dual_fill(dual *s) {
    const lc__positive *p = s->problem;
    double weight = lc__dot(s->n, p->root, p->root);
    for (size_t i = 0; i < s->n; i++)
        s->target_mean += p->root[i] * p->root[i] * p->target[i] / weight;
    for (size_t i = 0; i < s->n; i++)
        s->target[i] = (p->target[i] - s->target_mean) * p->root[i];
    for (size_t k = 0, at = 0; k < p->width; k++) {
        if (p->variance[k] <= 0)
            continue;
        double mean = 0;
        for (size_t i = 0; i < s->n; i++)
            mean += p->root[i] * p->root[i] * p->x[i * p->width + k] / weight;
        for (size_t i = 0; i < s->n; i++)
            s->design[at * s->n + i] =
                (p->x[i * p->width + k] - mean) * sqrt(p->variance[k]) * p->root[i];
        s->mean[at] = mean;
        s->column[at++] = k;
    }
}

static double bend(const dual *s, size_t k, double g) {
    return g < 0 ? s->problem->ease[s->column[k]] : 1;
}

/* The objective at a; leaves design' a in g. */
static double objective(const dual *s, const double *a, double *g) {
    double sum = 0.5 * s->problem->noise * lc__dot(s->n, a, a) - lc__dot(s->n, s->target, a);
    for (size_t k = 0; k < s->d; k++) {
        g[k] = lc__dot(s->n, s->design + k * s->n, a);
        sum += 0.5 * bend(s, k, g[k]) * g[k] * g[k];
    }
    return sum;
}

/* rest := minus the gradient at s->a, matrix := the second derivatives; returns |rest|. */
static double derive(dual *s) {
    size_t n = s->n, n_active = 0;
    for (size_t i = 0; i < n; i++)
        s->rest[i] = s->target[i] - s->problem->noise * s->a[i];
    for (size_t i = 0; i < n * n; i++)
        s->matrix[i] = i % (n + 1) == 0 ? s->problem->noise : 0;
    for (size_t k = 0; k < s->d; k++) {
        const double *column = s->design + k * n;
        double slope = bend(s, k, s->g[k]);
        if (slope == 0)
            continue;
        lc__axpy(n, -slope * s->g[k], column, s->rest);
        for (size_t i = 0; i < n; i++)
            s->active[n_active * n + i] = sqrt(slope) * column[i];
        n_active++;
    }
    lc__gemm(true, false, n, n, n_active, 1, s->active, s->active, 1, s->matrix);
    return sqrt(lc__dot(n, s->rest, s->rest));
}

/* One step of Newton's method, shortened as need be; false: no step leads on. */
static bool step(dual *s, double *value) {
    double promise = 0, length = 1;
    double *way = s->rest;
    for (size_t i = 0; i < s->n; i++)
        s->trial[i] = s->rest[i];
    if (!lc__solve(s->n, s->matrix, way))
        return false;
    promise = lc__dot(s->n, s->trial, way); /* the gradient is -trial here */
    for (;;) {
        for (size_t i = 0; i < s->n; i++)
            s->trial[i] = s->a[i] + length * way[i];
        double next = objective(s, s->trial, s->trial_g);
        if (next <= *value - SUFFICIENT * length * promise) {
            double *a = s->a, *g = s->g;
            s->a = s->trial;
            s->g = s->trial_g;
            s->trial = a;
            s->trial_g = g;
            *value = next;
            return true;
        }
        if (length < STEP_LEAST)
            return false;
        length /= 2;
    }
}

/* Log determinant of what the noise and the coefficients in play make of the samples, orthogonally
 * to the constant. Overwrites the matrix. */
static double log_determinant(dual *s) {
    double sum = -log(s->problem->noise); /* the constant's own direction */
    derive(s);
    if (!lc__solve(s->n, s->matrix, s->rest))
        return INFINITY;
    for (size_t i = 0; i < s->n; i++)
        sum += 2 * log(s->matrix[i * (s->n + 1)]);
    return sum;
}

static void minimise(dual *s) {
    double value = objective(s, s->a, s->g), enough = TOLERANCE;
    enough *= sqrt(lc__dot(s->n, s->target, s->target));
    for (int i = 0; i < STEPS_MAX; i++)
        if (derive(s) <= enough || !step(s, &value))
            return;
}

lc_status lc__positive_fit(const lc__positive *problem, lc__positive_answer *out, lc_error *err) {
    double *mean = out->mean;
    dual s = {.problem = problem, .n = problem->n};
    for (size_t k = 0; k < problem->width; k++)
        s.d += problem->variance[k] > 0;
    lc_status st = dual_alloc(&s, err);
    if (st == LC_OK) {
        dual_fill(&s);
        minimise(&s);
        out->energy = lc__dot(s.n, s.target, s.a);
        out->log_determinant = log_determinant(&s);
        for (size_t k = 0; k <= problem->width; k++)
            mean[k] = 0;
        mean[problem->width] = s.target_mean;
        for (size_t k = 0; k < s.d; k++) {
            size_t j = s.column[k];
            mean[j] = bend(&s, k, s.g[k]) * s.g[k] * sqrt(problem->variance[j]);
            mean[problem->width] -= mean[j] * s.mean[k];
        }
    }
    free(s.column);
    free(s.mean);
    return st;
}
