/* add and mul of two or more tensors; mul also by one value a channel. The engine applies `act`. */
#include <string.h>
#include "image.h"
#include "layer.h"

/* y[i] += x[i], and y[i] *= x[i]. */
static void add_to(float *y, const float *x, size_t n) {
#pragma omp parallel for simd
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

static void multiply_to(float *y, const float *x, size_t n) {
#pragma omp parallel for simd
    for (size_t i = 0; i < n; i++)
        y[i] *= x[i];
}

static void forward_add(const lc__geometry *g, void *state, const float *const *x, const float *w,
                        float *z, float *saved) {
    (void)state, (void)w, (void)saved;
    size_t n = lc__n_values(g->out);
    memcpy(z, x[0], n * sizeof *z);
    for (int i = 1; i < g->n_in; i++)
        add_to(z, x[i], n);
}

static void backward_add(const lc__geometry *g, void *state, const float *const *x, const float *w,
                         const float *z, const float *saved, const float *dz, float *const *dx,
                         float *dw) {
    (void)state, (void)x, (void)w, (void)z, (void)saved, (void)dw;
    for (int i = 0; i < g->n_in; i++)
        if (dx[i])
            memcpy(dx[i], dz, lc__n_values(g->out) * sizeof *dz);
}

static bool is_gated(const lc__geometry *g) {
    return !lc_shape_equal(g->in[1], g->out);
}

static void forward_mul(const lc__geometry *g, void *state, const float *const *x, const float *w,
                        float *z, float *saved) {
    (void)state, (void)w, (void)saved;
    size_t n = lc__n_values(g->out);
    if (is_gated(g)) {
        lc__image_scale(g->out, x[0], x[1], z);
        return;
    }
    memcpy(z, x[0], n * sizeof *z);
    for (int i = 1; i < g->n_in; i++)
        multiply_to(z, x[i], n);
}

static void backward_mul(const lc__geometry *g, void *state, const float *const *x, const float *w,
                         const float *z, const float *saved, const float *dz, float *const *dx,
                         float *dw) {
    (void)state, (void)w, (void)z, (void)saved, (void)dw;
    size_t n = lc__n_values(g->out);
    if (is_gated(g)) {
        if (dx[0])
            lc__image_scale(g->out, dz, x[1], dx[0]);
        if (dx[1])
            lc__image_dot(g->out, dz, x[0], dx[1]);
        return;
    }
    for (int i = 0; i < g->n_in; i++) {
        if (!dx[i])
            continue;
        memcpy(dx[i], dz, n * sizeof *dz);
        for (int k = 0; k < g->n_in; k++)
            if (k != i)
                multiply_to(dx[i], x[k], n);
    }
}

const lc__layer lc__layer_add = {
    .type = LC_OP_ADD, .forward = forward_add, .backward = backward_add};
const lc__layer lc__layer_mul = {
    .type = LC_OP_MUL, .forward = forward_mul, .backward = backward_mul};
