/* concat, channel_shuffle and zero: values moved, none computed. */
#include <string.h>
#include "layer.h"

static void forward_concat(const lc__geometry *g, void *state, const float *const *x,
                           const float *w, float *z, float *saved) {
    (void)state, (void)w, (void)saved;
    size_t rows = lc__n_rows(g->out), all = (size_t)g->out.c;
#pragma omp parallel for
    for (size_t r = 0; r < rows; r++) {
        float *to = z + r * all;
        for (int i = 0; i < g->n_in; i++) {
            size_t n = (size_t)g->in[i].c;
            memcpy(to, x[i] + r * n, n * sizeof *to);
            to += n;
        }
    }
}

static void backward_concat(const lc__geometry *g, void *state, const float *const *x,
                            const float *w, const float *z, const float *saved, const float *dz,
                            float *const *dx, float *dw) {
    (void)state, (void)x, (void)w, (void)z, (void)saved, (void)dw;
    size_t rows = lc__n_rows(g->out), all = (size_t)g->out.c;
#pragma omp parallel for
    for (size_t r = 0; r < rows; r++) {
        const float *from = dz + r * all;
        for (int i = 0; i < g->n_in; i++) {
            size_t n = (size_t)g->in[i].c;
            if (dx[i])
                memcpy(dx[i] + r * n, from, n * sizeof *from);
            from += n;
        }
    }
}

/* Each row of `from`, `groups` lines of values, transposed: the i-th of every line in turn. */
static void transpose_rows(const float *from, float *to, size_t rows, size_t channels,
                           size_t groups) {
    size_t each = channels / groups;
#pragma omp parallel for
    for (size_t r = 0; r < rows; r++) {
        const float *x = from + r * channels;
        float *y = to + r * channels;
        for (size_t i = 0; i < each; i++)
            for (size_t k = 0; k < groups; k++)
                y[i * groups + k] = x[k * each + i];
    }
}

static void forward_shuffle(const lc__geometry *g, void *state, const float *const *x,
                            const float *w, float *z, float *saved) {
    (void)state, (void)w, (void)saved;
    transpose_rows(x[0], z, lc__n_rows(g->out), (size_t)g->out.c, (size_t)g->op->groups);
}

static void backward_shuffle(const lc__geometry *g, void *state, const float *const *x,
                             const float *w, const float *z, const float *saved, const float *dz,
                             float *const *dx, float *dw) {
    (void)state, (void)x, (void)w, (void)z, (void)saved, (void)dw;
    if (dx[0])
        transpose_rows(dz, dx[0], lc__n_rows(g->out), (size_t)g->out.c,
                       (size_t)(g->out.c / g->op->groups));
}

static void forward_zero(const lc__geometry *g, void *state, const float *const *x, const float *w,
                         float *z, float *saved) {
    (void)state, (void)x, (void)w, (void)saved;
    memset(z, 0, lc__n_values(g->out) * sizeof *z);
}

static void backward_zero(const lc__geometry *g, void *state, const float *const *x, const float *w,
                          const float *z, const float *saved, const float *dz, float *const *dx,
                          float *dw) {
    (void)state, (void)x, (void)w, (void)z, (void)saved, (void)dz, (void)dw;
    if (dx[0])
        memset(dx[0], 0, lc__n_values(g->in[0]) * sizeof *dx[0]);
}

const lc__layer lc__layer_concat = {
    .type = LC_OP_CONCAT, .forward = forward_concat, .backward = backward_concat};
const lc__layer lc__layer_channel_shuffle = {
    .type = LC_OP_CHANNEL_SHUFFLE, .forward = forward_shuffle, .backward = backward_shuffle};
const lc__layer lc__layer_zero = {
    .type = LC_OP_ZERO, .forward = forward_zero, .backward = backward_zero};
