#include "sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg.h"

enum { FOLDS = 5, SWEEPS = 200 };

/* Penalties tried, as shares of the least one that leaves no change at all. */
static const double penalties[] = {1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001};
enum { N_PENALTIES = sizeof penalties / sizeof *penalties };

/* Problems that are worked on, with room for as many rows as the one posed. */
typedef struct bench {
    lc__sparse train; /* the rows fitted to */
    lc__sparse rest;  /* what no line in f explains of them */
    double *scratch;  /* [n] */
} bench;

lc_status lc__sparse_alloc(size_t n, size_t parts, lc__sparse *out, lc_error *err) {
    *out = (lc__sparse){.n = n, .parts = parts};
    out->y = lc__doubles(n, 2 + parts, err);
    if (!out->y)
        return LC_ENOMEM;
    out->f = out->y + n;
    out->part = out->f + n;
    return LC_OK;
}

void lc__sparse_clear(lc__sparse *problem) {
    free(problem->y);
}

/* Copies the rows outside of fold k of `folds` to *out; k = folds: all. */
static void leave_out(const lc__sparse *s, size_t k, size_t folds, lc__sparse *out) {
    size_t m = 0, at = 0;
    for (size_t i = 0; i < s->n; i++)
        m += i % folds != k;
    out->n = m;
    out->f = out->y + m;
    out->part = out->f + m;
    for (size_t i = 0; i < s->n; i++) {
        if (i % folds == k)
            continue;
        out->y[at] = s->y[i];
        out->f[at] = s->f[i];
        for (size_t p = 0; p < s->parts; p++)
            out->part[p * m + at] = s->part[p * s->n + i];
        at++;
    }
}

lc__sparse_line lc__nearest_line(const double *f, const double *y, size_t n) {
    double mean_f = 0, mean_y = 0, ff = 0, fy = 0;
    for (size_t i = 0; i < n; i++) {
        mean_f += f[i] / (double)n;
        mean_y += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        ff += (f[i] - mean_f) * (f[i] - mean_f);
        fy += (f[i] - mean_f) * (y[i] - mean_y);
    }
    double scale = ff > 0 ? fy / ff : 0;
    return (lc__sparse_line){scale, mean_y - scale * mean_f};
}

/* Takes from y[n] what a line in f explains. */
static void take_line(const double *f, double *y, size_t n) {
    lc__sparse_line line = lc__nearest_line(f, y, n);
    for (size_t i = 0; i < n; i++)
        y[i] -= line.scale * f[i] + line.constant;
}

/* Puts rows outside of fold k on the bench. */
static void lay_out(const lc__sparse *s, size_t k, size_t folds, bench *b) {
    leave_out(s, k, folds, &b->train);
    leave_out(s, k, folds, &b->rest);
    take_line(b->rest.f, b->rest.y, b->rest.n);
    for (size_t p = 0; p < s->parts; p++)
        take_line(b->rest.f, b->rest.part + p * b->rest.n, b->rest.n);
}

/* The least penalty under which no part changes. */
static double least_penalty(const lc__sparse *rest) {
    double most = 0;
    for (size_t p = 0; p < rest->parts; p++)
        most = fmax(most, fabs(lc__dot(rest->n, rest->part + p * rest->n, rest->y)));
    return most / (double)rest->n;
}

/* Goes on from `change`, which rest->y is the remainder of. */
static void descend(lc__sparse *rest, double penalty, double *change) {
    double n = (double)rest->n;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double moved = 0;
        for (size_t p = 0; p < rest->parts; p++) {
            const double *x = rest->part + p * rest->n;
            double square = lc__dot(rest->n, x, x) / n;
            if (square < 1e-18)
                continue;
            double pull = lc__dot(rest->n, x, rest->y) / n + square * change[p];
            double next = copysign(fmax(fabs(pull) - penalty, 0), pull) / square;
            double step = next - change[p];
            lc__axpy(rest->n, -step, x, rest->y);
            change[p] = next;
            moved = fmax(moved, fabs(step) * sqrt(square));
        }
        if (moved < 1e-6)
            break;
    }
}

/* The line that goes with the changes over the bench's rows. */
static lc__sparse_line complete(bench *b, const double *change) {
    const lc__sparse *s = &b->train;
    memcpy(b->scratch, s->y, s->n * sizeof *b->scratch);
    for (size_t p = 0; p < s->parts; p++)
        lc__axpy(s->n, -change[p], s->part + p * s->n, b->scratch);
    return lc__nearest_line(s->f, b->scratch, s->n);
}

/* Adds to error[N_PENALTIES] what the fits without fold k miss the fold by, squared. */
static void validate(const lc__sparse *s, size_t k, size_t folds, double most, bench *b,
                     double *change, double *error) {
    memset(change, 0, s->parts * sizeof *change);
    lay_out(s, k, folds, b);
    for (size_t l = 0; l < N_PENALTIES; l++) {
        descend(&b->rest, penalties[l] * most, change);
        lc__sparse_line line = complete(b, change);
        for (size_t i = k; i < s->n; i += folds) {
            double miss = s->y[i] - line.constant - line.scale * s->f[i];
            for (size_t p = 0; p < s->parts; p++)
                miss -= change[p] * s->part[p * s->n + i];
            error[l] += miss * miss;
        }
    }
}

static void solve(const lc__sparse *s, bench *b, double *change, lc__sparse_line *line) {
    double error[N_PENALTIES] = {0};
    size_t folds = s->n < FOLDS ? s->n : FOLDS, best = 0;
    lay_out(s, folds, folds, b);
    double most = least_penalty(&b->rest);
    for (size_t k = 0; k < folds; k++)
        validate(s, k, folds, most, b, change, error);
    for (size_t l = 1; l < N_PENALTIES; l++)
        best = error[l] < error[best] ? l : best;
    memset(change, 0, s->parts * sizeof *change);
    lay_out(s, folds, folds, b);
    for (size_t l = 0; l <= best; l++)
        descend(&b->rest, penalties[l] * most, change);
    *line = complete(b, change);
}

lc_status lc__sparse_fit(const lc__sparse *problem, double *change, lc__sparse_line *line,
                         lc_error *err) {
    bench b = {0};
    lc_status st = lc__sparse_alloc(problem->n, problem->parts, &b.train, err);
    if (st == LC_OK)
        st = lc__sparse_alloc(problem->n, problem->parts, &b.rest, err);
    if (st == LC_OK) {
        b.scratch = lc__doubles(problem->n, 1, err);
        st = b.scratch ? LC_OK : LC_ENOMEM;
    }
    if (st == LC_OK)
        solve(problem, &b, change, line);
    lc__sparse_clear(&b.train);
    lc__sparse_clear(&b.rest);
    free(b.scratch);
    return st;
}
