/* How far a net lies from those that were seen: Mahalanobis distance over the principal axes of
 * the coarse features, shrunk, in units of the distance within which 99 % of the pool's nets lie.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "linalg.h"
#include "model.h"

/* Added to the variance along every axis (the mean variance is 1): directions in which the nets
 * hardly differ must not decide alone. */
#define SHRINK 0.01
/* A column in which all nets agree counts as if it varied by this share of its value. */
#define CONSTANT_SPREAD 0.05

enum { COLUMNS = LC__COL_FINE, BATCH = 256 };

static double constant_spread(const lc__region *r, size_t column) {
    return CONSTANT_SPREAD * fmax(1, fabs(r->mean[column]));
}

/* Standardises x in place, varying columns only; returns the squared distance over the others. */
static double standardise(const lc__region *r, double *x) {
    double off = 0;
    for (size_t j = 0; j < COLUMNS; j++) {
        double d = x[j] - r->mean[j], spread = constant_spread(r, j);
        bool constant = r->gain[j] == 0;
        off += constant ? (d / spread) * (d / spread) : 0;
        x[j] = d * r->gain[j];
    }
    return off;
}

static double distance(const lc__region *r, const double *raw) {
    double x[COLUMNS];
    memcpy(x, raw, sizeof x);
    double sum = standardise(r, x);
    for (size_t k = 0; k < r->n_axes; k++) {
        double along = lc__dot(COLUMNS, r->axes + k * COLUMNS, x);
        sum += along * along;
    }
    return sqrt(sum);
}

double lc__region_distance(const lc__region *region, const double *raw) {
    return fmin(distance(region, raw) / region->radius, LC__FARTHEST);
}

void lc__region_forms(const lc__region *r, double *form, double *constant) {
    memset(form, 0, (size_t)COLUMNS * COLUMNS * sizeof *form);
    memset(constant, 0, COLUMNS * sizeof *constant);
    size_t k = 0;
    for (; k < r->n_axes; k++)
        for (size_t j = 0; j < COLUMNS; j++) {
            form[k * COLUMNS + j] = r->axes[k * COLUMNS + j] * r->gain[j];
            constant[k] -= form[k * COLUMNS + j] * r->mean[j];
        }
    for (size_t j = 0; j < COLUMNS && k < COLUMNS; j++) {
        if (r->gain[j] != 0)
            continue;
        form[k * COLUMNS + j] = 1 / constant_spread(r, j);
        constant[k] = -form[k * COLUMNS + j] * r->mean[j];
        k++;
    }
}

double lc__core_novelty(const lc__core *core, const double *raw) {
    double least = LC__FARTHEST;
    for (size_t g = 0; g < core->n_regions && least > 0; g++)
        least = fmin(least, lc__region_distance(&core->regions[g], raw));
    return least;
}

static void column_scales(const lc__points *points, const size_t *rows, size_t n, lc__region *r) {
    double variance[COLUMNS] = {0};
    lc__point room;
    for (size_t i = 0; i < n; i++)
        lc__axpy(COLUMNS, 1 / (double)n, lc__points_at(points, rows[i], &room)->x, r->mean);
    for (size_t i = 0; i < n; i++) {
        const double *x = lc__points_at(points, rows[i], &room)->x;
        for (int j = 0; j < COLUMNS; j++)
            variance[j] += (x[j] - r->mean[j]) * (x[j] - r->mean[j]) / (double)n;
    }
    for (int j = 0; j < COLUMNS; j++) {
        double std = sqrt(variance[j]);
        r->gain[j] = std > 1e-9 * fmax(1, fabs(r->mean[j])) ? 1 / std : 0;
    }
}

/* Correlation matrix of the columns, some nets at a time: matrix[COLUMNS][COLUMNS]. */
static lc_status correlate(const lc__points *points, const size_t *rows, size_t n,
                           const lc__region *r, double *matrix, lc_error *err) {
    double *z = lc__doubles(BATCH, COLUMNS, err);
    lc__point room;
    if (!z)
        return LC_ENOMEM;
    for (size_t at = 0; at < n; at += BATCH) {
        size_t count = n - at < BATCH ? n - at : BATCH;
        for (size_t i = 0; i < count; i++) {
            memcpy(z + i * COLUMNS, lc__points_at(points, rows[at + i], &room)->x,
                   COLUMNS * sizeof *z);
            standardise(r, z + i * COLUMNS);
        }
        lc__gemm(true, false, COLUMNS, COLUMNS, count, 1 / (double)n, z, z, 1, matrix);
    }
    free(z);
    return LC_OK;
}

/* Principal axes of the correlation matrix of the columns that vary. */
static lc_status find_axes(const lc__points *points, const size_t *rows, size_t n, lc__region *r,
                           lc_error *err) {
    double values[COLUMNS];
    r->axes = lc__doubles(COLUMNS, COLUMNS, err);
    lc_status st = r->axes ? correlate(points, rows, n, r, r->axes, err) : LC_ENOMEM;
    if (st == LC_OK) {
        for (size_t j = 0; j < COLUMNS; j++)
            if (r->gain[j] == 0)
                r->axes[j * COLUMNS + j] = -1;
        st = lc__eigen(COLUMNS, r->axes, values, err);
    }
    if (st != LC_OK)
        return st;
    /* Columns that do not vary give axes along themselves, to be left out. Their value -1 puts them
     * first, before the axes along which varying columns do not vary together: values ascend, and
     * those are 0 but for rounding, which may be negative. */
    size_t constant = 0;
    for (int j = 0; j < COLUMNS; j++)
        constant += r->gain[j] == 0;
    r->n_axes = (uint32_t)(COLUMNS - constant);
    memmove(r->axes, r->axes + constant * COLUMNS, (size_t)r->n_axes * COLUMNS * sizeof *r->axes);
    for (size_t k = 0; k < r->n_axes; k++)
        for (int j = 0; j < COLUMNS; j++)
            r->axes[k * COLUMNS + (size_t)j] /= sqrt(fmax(values[constant + k], 0) + SHRINK);
    return LC_OK;
}

lc_status lc__region_measure(const lc__points *points, const size_t *rows, size_t n, double slack,
                             lc__region *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    out->space = lc__points_space(points, rows[0]);
    column_scales(points, rows, n, out);
    double *far = lc__doubles(n, 1, err);
    lc_status st = far ? find_axes(points, rows, n, out, err) : LC_ENOMEM;
    if (st == LC_OK) {
        lc__point room;
        for (size_t i = 0; i < n; i++)
            far[i] = distance(out, lc__points_at(points, rows[i], &room)->x);
        lc__sort(far, n);
        out->radius = fmax(slack * lc__quantile(far, n, 0.99), 1e-6);
    }
    free(far);
    return st;
}
