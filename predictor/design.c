#include "design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "linalg.h"
#include "scale.h"

/* Before anything is measured: variance of the constant and of the noise, where the nets' mean
 * variance is 1. */
#define CONSTANT_VARIANCE 10.0
#define NOISE_VARIANCE 0.1

void lc__design_clear(lc__design *d) {
    free(d->cov);
    free(d->noise);
    free(d->mean);
    free(d->closed);
    free(d->point);
    memset(d, 0, sizeof *d);
}

lc_status lc__design_room(lc__design *d, size_t n_open, size_t n, lc_error *err) {
    *d = (lc__design){.n = n, .n_open = n_open, .n_crowd = n_open, .unit = 1};
    d->cov = lc__doubles(n, n, err);
    d->noise = lc__doubles(n, 1, err);
    d->mean = lc__doubles(n, 1, err);
    d->closed = calloc(n + 1, sizeof *d->closed);
    d->point = calloc(n + 1, sizeof(lc__point *));
    if (d->cov && d->noise && d->mean && d->closed && d->point)
        return LC_OK;
    lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", n);
    return LC_ENOMEM;
}

lc_status lc__design_alloc(lc__design *d, const lc__selection *from, size_t n_open, lc_error *err) {
    size_t n = n_open + from->n_measured;
    lc_status st = lc__design_room(d, n_open, n, err);
    if (st != LC_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        d->point[i] = &from->points[i < n_open ? from->candidates[i] : from->measured[i - n_open]];
    return LC_OK;
}

/* ---- before anything is measured ---- */

/* All blocks side by side, columns of the link that is linear. The main ones count half and are
 * sharpened once more than in their kernel: for choosing nets, their first few directions matter.
 */
static void prior_row(const lc__core *core, const lc__scale *scale, const lc__point *point,
                      double *x) {
    double u[LC__EMBED_MAX];
    size_t at = 0;
    lc__standardise(core, scale, point, u);
    for (int b = 0; b < LC__BLOCKS; b++) {
        const double *sharp = lc__block_sharp(scale, b);
        size_t first, n;
        lc__block_columns(core, b, LC__LINK_LINEAR, &first, &n);
        for (size_t i = 0; i < n; i++)
            x[at++] = sharp ? sqrt(0.5) * lc__dot(n, sharp + i * n, u + first) : u[first + i];
    }
}

/* Centres x[n][width] on the candidates and scales their mean square to 1. mean[width]: scratch. */
static void centre_and_scale(const lc__design *d, size_t width, double *x, double *mean) {
    double norm = 0;
    for (size_t i = 0; i < d->n_open; i++)
        lc__axpy(width, 1 / (double)d->n_open, x + i * width, mean);
    for (size_t i = 0; i < d->n; i++)
        lc__axpy(width, -1, mean, x + i * width);
    for (size_t i = 0; i < d->n_open; i++)
        norm += lc__dot(width, x + i * width, x + i * width) / (double)d->n_open;
    for (size_t i = 0; i < d->n * width && norm > 0; i++)
        x[i] /= sqrt(norm);
}

static lc_status fill_prior(lc__design *d, const lc__selection *from, const lc__scale *scale,
                            lc_error *err) {
    const lc__core *core = from->model->core;
    size_t n = d->n;
    size_t width = LC__EMBED_SIZES + LC__ALL_TOTALS + core->n_sources; /* totals appear twice */
    double *x = lc__doubles(n + 1, width, err);
    if (!x)
        return LC_ENOMEM;
    for (size_t i = 0; i < n; i++)
        prior_row(core, scale, d->point[i], x + i * width);
    centre_and_scale(d, width, x, x + n * width);
    for (size_t i = 0; i < n * n; i++)
        d->cov[i] = CONSTANT_VARIANCE;
    lc__gemm(false, true, n, n, width, 1, x, x, 1, d->cov);
    free(x);
    for (size_t i = 0; i < n; i++) {
        d->noise[i] = NOISE_VARIANCE;
        d->mean[i] = 1;
    }
    return LC_OK;
}

lc_status lc__design_prior(lc__design *d, const lc__selection *from, size_t n_open, lc_error *err) {
    bool without[LC__SOURCES_MAX];
    lc__scale scale;
    lc__mark_without(from->model->core, from->options, without);
    lc_status st = lc__design_alloc(d, from, n_open, err);
    if (st == LC_OK)
        st = lc__scale_choose(from->model, from->points, from->candidates, from->n, without, &scale,
                              err);
    if (st == LC_OK)
        st = fill_prior(d, from, &scale, err);
    for (size_t i = n_open; i < d->n && st == LC_OK; i++)
        lc__design_take(d, i);
    return st;
}

/* ---- conditioning ---- */

void lc__design_take(lc__design *d, size_t j) {
    const double *told = d->cov + j * d->n;
    double total = fmax(told[j], 0) + d->noise[j];
    for (size_t i = 0; i < d->n; i++) {
        double share = total > 0 ? told[i] / total : 0;
        if (i != j)
            lc__axpy(d->n, -share, told, d->cov + i * d->n);
        d->closed[i] = d->closed[i] || lc__same_net(d->point[i], d->point[j]);
    }
    for (size_t i = 0; i < d->n && total > 0; i++)
        d->cov[j * d->n + i] *= d->noise[j] / total;
}

double lc__design_variance(const lc__design *d) {
    double sum = 0;
    for (size_t i = d->crowd; i < d->crowd + d->n_crowd; i++)
        sum += fmax(d->cov[i * d->n + i], 0);
    return sum;
}

double lc__design_gain(const lc__design *d, size_t j) {
    const double *told = d->cov + j * d->n;
    double total = fmax(told[j], 0) + d->noise[j];
    return total > 0 ? lc__dot(d->n_crowd, told + d->crowd, told + d->crowd) / total : 0;
}
