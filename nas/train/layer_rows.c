/* layer_norm and softmax: rows of C values, each by itself. */
#include "rows.h"

#include <math.h>
#include <string.h>
#include "columns.h"
#include "layer.h"

/* As latcast/op.h has it. */
#define EPSILON 1e-5F

void lc__softmax(const float *x, float *y, size_t n) {
    float most = x[0], sum = 0.0F;
    for (size_t i = 1; i < n; i++)
        most = x[i] > most ? x[i] : most;
    for (size_t i = 0; i < n; i++) {
        y[i] = expf(x[i] - most);
        sum += y[i];
    }
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

void lc__softmax_derive(const float *y, const float *dy, float *dx, size_t n) {
    float dot = 0.0F;
    for (size_t i = 0; i < n; i++)
        dot += dy[i] * y[i];
    for (size_t i = 0; i < n; i++)
        dx[i] = y[i] * (dy[i] - dot);
}

/* ---- softmax ---- */

static void softmax_forward(const lc__geometry *g, void *state, const float *const *x,
                            const float *w, float *z, float *saved) {
    (void)state, (void)w, (void)saved;
    size_t rows = lc__n_rows(g->out), n = (size_t)g->out.c;
#pragma omp parallel for
    for (size_t r = 0; r < rows; r++)
        lc__softmax(x[0] + r * n, z + r * n, n);
}

static void softmax_backward(const lc__geometry *g, void *state, const float *const *x,
                             const float *w, const float *z, const float *saved, const float *dz,
                             float *const *dx, float *dw) {
    (void)state, (void)x, (void)w, (void)saved, (void)dw;
    size_t rows = lc__n_rows(g->out), n = (size_t)g->out.c;
    if (!dx[0])
        return;
#pragma omp parallel for
    for (size_t r = 0; r < rows; r++)
        lc__softmax_derive(z + r * n, dz + r * n, dx[0] + r * n, n);
}

const lc__layer lc__layer_softmax = {
    .type = LC_OP_SOFTMAX, .forward = softmax_forward, .backward = softmax_backward};

/* ---- layer_norm: weights scale [C], offset [C] ---- */

static size_t norm_weights(const lc__geometry *g) {
    return 2 * (size_t)g->out.c;
}

static void norm_init(const lc__geometry *g, uint64_t *rng, float *w) {
    (void)rng;
    size_t n = (size_t)g->out.c;
    for (size_t c = 0; c < n; c++)
        w[c] = 1.0F;
    memset(w + n, 0, n * sizeof *w);
}

/* Saved: the normalised values, then 1 / deviation of each row. */
static size_t norm_saved(const lc__geometry *g) {
    return lc__n_values(g->out) + lc__n_rows(g->out);
}

/* Fills y with the normalised row; returns 1 / deviation. */
static float normalise(const float *x, float *y, size_t n) {
    float mean = 0.0F, square = 0.0F;
    for (size_t c = 0; c < n; c++)
        mean += x[c];
    mean /= (float)n;
    for (size_t c = 0; c < n; c++)
        square += (x[c] - mean) * (x[c] - mean);
    float by = 1.0F / sqrtf(square / (float)n + EPSILON);
    for (size_t c = 0; c < n; c++)
        y[c] = (x[c] - mean) * by;
    return by;
}

static void norm_forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                         float *z, float *saved) {
    (void)state;
    size_t rows = lc__n_rows(g->out), n = (size_t)g->out.c;
    float *by = saved + rows * n;
#pragma omp parallel for
    for (size_t r = 0; r < rows; r++) {
        float *even = saved + r * n;
        by[r] = normalise(x[0] + r * n, even, n);
        for (size_t c = 0; c < n; c++)
            z[r * n + c] = even[c] * w[c] + w[n + c];
    }
}

/* dx = by (d - mean d - even mean(d even)), d = dz scale. */
static void denormalise(const float *even, const float *dz, const float *scale, float by, size_t n,
                        float *dx) {
    float mean = 0.0F, along = 0.0F;
    for (size_t c = 0; c < n; c++) {
        dx[c] = dz[c] * scale[c];
        mean += dx[c];
        along += dx[c] * even[c];
    }
    mean /= (float)n;
    along /= (float)n;
    for (size_t c = 0; c < n; c++)
        dx[c] = by * (dx[c] - mean - even[c] * along);
}

static void norm_backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                          const float *z, const float *saved, const float *dz, float *const *dx,
                          float *dw) {
    (void)state, (void)x, (void)z;
    size_t rows = lc__n_rows(g->out), n = (size_t)g->out.c;
    const float *by = saved + rows * n;
    lc__column_products(dz, saved, rows, n, dw);
    lc__column_sums(dz, rows, n, dw + n);
    if (!dx[0])
        return;
#pragma omp parallel for
    for (size_t r = 0; r < rows; r++)
        denormalise(saved + r * n, dz + r * n, w, by[r], n, dx[0] + r * n);
}

const lc__layer lc__layer_layer_norm = {
    .type = LC_OP_LAYER_NORM,
    .n_weights = norm_weights,
    .init = norm_init,
    .n_saved = norm_saved,
    .forward = norm_forward,
    .backward = norm_backward,
};
