/* linear: weights [out][in], bias [out] where the operator has one. */
#include <string.h>
#include "dense.h"
#include "layer.h"

static lc__dense dense_of(const lc__geometry *g) {
    return (lc__dense){lc__n_rows(g->in[0]), (size_t)g->in[0].c, (size_t)g->out.c};
}

static size_t n_products(const lc__geometry *g) {
    return (size_t)g->in[0].c * (size_t)g->out.c;
}

static size_t n_weights(const lc__geometry *g) {
    return n_products(g) + (g->op->bias ? (size_t)g->out.c : 0);
}

static void init(const lc__geometry *g, uint64_t *rng, float *w) {
    lc__layer_draw(rng, (size_t)g->in[0].c, g->op->act == LC_ACT_NONE ? 1.0F : 2.0F, w,
                   n_products(g));
    if (g->op->bias)
        memset(w + n_products(g), 0, (size_t)g->out.c * sizeof *w);
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    (void)state, (void)saved;
    lc__dense_forward(dense_of(g), x[0], w, g->op->bias ? w + n_products(g) : NULL, z);
}

static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    (void)state, (void)z, (void)saved;
    lc__dense_backward(dense_of(g), x[0], w, dz, dx[0], dw,
                       g->op->bias ? dw + n_products(g) : NULL);
}

const lc__layer lc__layer_linear = {
    .type = LC_OP_LINEAR,
    .n_weights = n_weights,
    .init = init,
    .forward = forward,
    .backward = backward,
};
