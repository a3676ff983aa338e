#include "design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "linalg.h"
#include "scale.h"

void lc__design_clear(lc__design *d) {
    free(d->x);
    free(d->variance);
    free(d->factor);
    free(d->taken);
}

/* All blocks side by side. The main ones count half and are sharpened once more than in their
 * kernel: for choosing nets, their first few directions matter. */
static void design_row(const lc__core *core, const lc__scale *scale, const lc__point *point,
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

static size_t design_width(const lc__core *core) {
    return LC__EMBED_SIZES + LC__ALL_TOTALS + core->n_sources; /* totals appear twice */
}

static void centre_and_scale(lc__design *d) {
    double *mean = d->variance, norm = 0; /* variance is not in use yet */
    memset(mean, 0, d->width * sizeof *mean);
    for (size_t i = 0; i < d->n_open; i++)
        lc__axpy(d->width, 1 / (double)d->n_open, d->x + i * d->width, mean);
    for (size_t i = 0; i < d->n; i++)
        lc__axpy(d->width, -1, mean, d->x + i * d->width);
    for (size_t i = 0; i < d->n_open; i++)
        norm += lc__dot(d->width, d->x + i * d->width, d->x + i * d->width) / (double)d->n_open;
    for (size_t i = 0; i < d->n * d->width && norm > 0; i++)
        d->x[i] /= sqrt(norm);
    for (size_t i = 0; i < d->n; i++)
        d->variance[i] =
            lc__dot(d->width, d->x + i * d->width, d->x + i * d->width) + LC__CONSTANT_VARIANCE;
}

void lc__design_take(lc__design *d, size_t j) {
    double *l = d->factor + d->k * d->n;
    for (size_t i = 0; i < d->n; i++)
        l[i] = lc__dot(d->width, d->x + i * d->width, d->x + j * d->width) + LC__CONSTANT_VARIANCE;
    for (size_t r = 0; r < d->k; r++)
        lc__axpy(d->n, -d->factor[r * d->n + j], d->factor + r * d->n, l);
    double root = sqrt(fmax(d->variance[j], 0) + LC__NOISE_VARIANCE);
    for (size_t i = 0; i < d->n; i++) {
        l[i] /= root;
        d->variance[i] -= l[i] * l[i];
        if (memcmp(d->x + i * d->width, d->x + j * d->width, d->width * sizeof *d->x) == 0)
            d->variance[i] = -1;
    }
    d->taken[j] = true;
    d->k++;
}

static lc_status design_alloc(lc__design *d, size_t k, lc_error *err) {
    d->x = lc__doubles(d->n, d->width, err);
    d->variance = lc__doubles(d->n + d->width, 1, err);
    d->factor = lc__doubles(k + d->n - d->n_open, d->n, err);
    d->taken = calloc(d->n, sizeof *d->taken);
    if (d->x && d->variance && d->factor && d->taken)
        return LC_OK;
    return lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", d->n);
}

lc_status lc__design_init(lc__design *d, const lc__selection *from, size_t n_open, size_t k,
                          lc_error *err) {
    const lc__core *core = from->model->core;
    bool without[LC__SOURCES_MAX];
    lc__scale scale;
    *d =
        (lc__design){.n = n_open + from->n_measured, .n_open = n_open, .width = design_width(core)};
    lc__mark_without(core, from->options, without);
    lc_status st = lc__scale_choose(from->model, from->points, from->candidates, from->n, without,
                                    &scale, err);
    if (st == LC_OK)
        st = design_alloc(d, k, err);
    if (st != LC_OK)
        return st;
    for (size_t i = 0; i < d->n; i++) {
        size_t row = i < n_open ? from->candidates[i] : from->measured[i - n_open];
        design_row(core, &scale, &from->points[row], d->x + i * d->width);
    }
    centre_and_scale(d);
    for (size_t i = n_open; i < d->n; i++)
        lc__design_take(d, i);
    return LC_OK;
}
