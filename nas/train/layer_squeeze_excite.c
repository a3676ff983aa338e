/* squeeze_excite: z = x gate(W2 relu(W1 mean(x) + b1) + b2), a gate for every channel of an image.
 * Weights: W1 [squeeze][C], b1 [squeeze], W2 [C][squeeze], b2 [C]. */
#include <stdlib.h>
#include <string.h>
#include "activation.h"
#include "backends/arena.h"
#include "base/memory.h"
#include "dense.h"
#include "image.h"
#include "layer.h"

typedef struct sizes {
    size_t images, channels, middle, pixels;
} sizes;

static sizes sizes_of(const lc__geometry *g) {
    lc_shape in = g->in[0];
    return (sizes){(size_t)in.n, (size_t)in.c, (size_t)g->op->squeeze, (size_t)in.h * (size_t)in.w};
}

/* The weights' parts; `w` may be their gradients. */
typedef struct parts {
    size_t b1, w2, b2, all; /* floats from the start */
} parts;

static parts parts_of(const lc__geometry *g) {
    sizes s = sizes_of(g);
    size_t product = s.channels * s.middle;
    return (parts){product, product + s.middle, 2 * product + s.middle,
                   2 * product + s.middle + s.channels};
}

static size_t n_weights(const lc__geometry *g) {
    return parts_of(g).all;
}

static void init(const lc__geometry *g, uint64_t *rng, float *w) {
    sizes s = sizes_of(g);
    parts p = parts_of(g);
    lc__layer_draw(rng, s.channels, 2.0F, w, s.channels * s.middle);
    memset(w + p.b1, 0, s.middle * sizeof *w);
    lc__layer_draw(rng, s.middle, 1.0F, w + p.w2, s.channels * s.middle);
    memset(w + p.b2, 0, s.channels * sizeof *w);
}

/* Saved: means [N,C], what goes into the gates [N,C], the gates [N,C], the middle [N,squeeze]. */
static size_t n_saved(const lc__geometry *g) {
    sizes s = sizes_of(g);
    return s.images * (3 * s.channels + s.middle);
}

/* The state is room for the gradients in between, [N,C] twice and [N,squeeze]. */
static lc_status prepare(const lc__geometry *g, void **state, lc_error *err) {
    sizes s = sizes_of(g);
    *state = lc__arena_alloc(s.images * (2 * s.channels + s.middle) * sizeof(float));
    return *state ? LC_OK : lc__no_memory(err);
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    (void)state;
    sizes s = sizes_of(g);
    parts p = parts_of(g);
    size_t plane = s.images * s.channels;
    float *mean = saved, *into = mean + plane, *gate = into + plane, *middle = gate + plane;
    lc__image_mean(g->in[0], x[0], mean);
    lc__dense_forward((lc__dense){s.images, s.channels, s.middle}, mean, w, w + p.b1, middle);
    lc__act_apply(LC_ACT_RELU, middle, middle, s.images * s.middle);
    lc__dense_forward((lc__dense){s.images, s.middle, s.channels}, middle, w + p.w2, w + p.b2,
                      into);
    lc__act_apply(g->op->act, into, gate, plane);
    lc__image_scale(g->in[0], x[0], gate, z);
}

/* dx = dz gate + what came through the mean. */
static void backward_image(lc_shape in, const float *dz, const float *gate, const float *dmean,
                           float *dx) {
    size_t pixels = (size_t)in.h * (size_t)in.w, channels = (size_t)in.c;
    float share = 1.0F / (float)pixels;
#pragma omp parallel for
    for (int n = 0; n < in.n; n++) {
        size_t first = (size_t)n * pixels * channels;
        const float *by = gate + (size_t)n * channels, *more = dmean + (size_t)n * channels;
        for (size_t p = 0; p < pixels; p++, first += channels)
            for (size_t c = 0; c < channels; c++)
                dx[first + c] = dz[first + c] * by[c] + share * more[c];
    }
}

static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    (void)z;
    sizes s = sizes_of(g);
    parts p = parts_of(g);
    size_t plane = s.images * s.channels;
    const float *mean = saved, *into = mean + plane, *gate = into + plane, *middle = gate + plane;
    float *dgate = state, *dmean = dgate + plane, *dmiddle = dmean + plane;
    lc__image_dot(g->in[0], dz, x[0], dgate);
    lc__act_derive(g->op->act, into, dgate, dgate, plane);
    lc__dense_backward((lc__dense){s.images, s.middle, s.channels}, middle, w + p.w2, dgate,
                       dmiddle, dw + p.w2, dw + p.b2);
    lc__act_derive(LC_ACT_RELU, middle, dmiddle, dmiddle, s.images * s.middle);
    lc__dense_backward((lc__dense){s.images, s.channels, s.middle}, mean, w, dmiddle, dmean, dw,
                       dw + p.b1);
    if (dx[0])
        backward_image(g->in[0], dz, gate, dmean, dx[0]);
}

const lc__layer lc__layer_squeeze_excite = {
    .type = LC_OP_SQUEEZE_EXCITE,
    .n_weights = n_weights,
    .init = init,
    .prepare = prepare,
    .release = free,
    .n_saved = n_saved,
    .forward = forward,
    .backward = backward,
};
