/* shift_conv2d: a convolution by +-2^p, p in -7 .. 0, the power nearest to each weight by its
 * logarithm (DeepShift-Q, arXiv:1905.13298, section 3.2). Gradients are those of the convolution by
 * the rounded weights, passed on to the weights as if there were no rounding (straight through).
 * Which products shifts are made of does not matter to training, so oneDNN multiplies.
 */
#include <stdlib.h>
#include <string.h>
#include "backends/arena.h"
#include "base/memory.h"
#include "layer.h"
#include "shift.h"

enum { LEAST = -7, MOST = 0, BIAS = 127, MANTISSA_BITS = 23 };

/* The mantissa of sqrt 2, between one power and the next. */
#define HALF_WAY UINT32_C(0x3504f3)

float lc__shift_round(float w) {
    uint32_t bits, sign, rounded;
    memcpy(&bits, &w, sizeof bits);
    sign = bits & UINT32_C(0x80000000);
    int p = (int)(bits >> MANTISSA_BITS & 0xff) - BIAS;
    p += (bits & ((UINT32_C(1) << MANTISSA_BITS) - 1)) > HALF_WAY;
    p = p < LEAST ? LEAST : p > MOST ? MOST : p;
    rounded = sign | (uint32_t)(p + BIAS) << MANTISSA_BITS;
    float power;
    memcpy(&power, &rounded, sizeof power);
    return w == w ? power : w;
}

typedef struct shift {
    lc_op op; /* the convolution */
    lc__geometry geometry;
    void *state;
    float *rounded; /* room for the weights */
} shift;

static size_t n_weights(const lc__geometry *g) {
    return lc__layer_conv2d.n_weights(g);
}

static void init(const lc__geometry *g, uint64_t *rng, float *w) {
    lc__layer_conv2d.init(g, rng, w);
}

static void release(void *state) {
    shift *s = state;
    if (s->state)
        lc__layer_conv2d.release(s->state);
    free(s->rounded);
    free(s);
}

static lc_status prepare(const lc__geometry *g, void **state, lc_error *err) {
    shift *s = calloc(1, sizeof *s);
    if (!s)
        return lc__no_memory(err);
    s->op = *g->op;
    s->op.type = LC_OP_CONV2D;
    s->geometry = *g;
    s->geometry.op = &s->op;
    s->rounded = lc__arena_alloc(n_weights(g) * sizeof(float));
    lc_status st = s->rounded ? LC_OK : lc__no_memory(err);
    if (st == LC_OK)
        st = lc__layer_conv2d.prepare(&s->geometry, &s->state, err);
    if (st == LC_OK)
        *state = s;
    else
        release(s);
    return st;
}

static void round_all(const lc__geometry *g, const shift *s, const float *w) {
    size_t n = n_weights(g);
    for (size_t i = 0; i < n; i++)
        s->rounded[i] = lc__shift_round(w[i]);
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    const shift *s = state;
    round_all(g, s, w);
    lc__layer_conv2d.forward(&s->geometry, s->state, x, s->rounded, z, saved);
}

/* Weights beyond the largest power are not driven further: DeepShift cuts them off there. */
static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    const shift *s = state;
    size_t n = n_weights(g);
    round_all(g, s, w);
    lc__layer_conv2d.backward(&s->geometry, s->state, x, s->rounded, z, saved, dz, dx, dw);
    for (size_t i = 0; i < n; i++)
        if ((w[i] > 1.0F && dw[i] < 0.0F) || (w[i] < -1.0F && dw[i] > 0.0F))
            dw[i] = 0.0F;
}

const lc__layer lc__layer_shift_conv2d = {
    .type = LC_OP_SHIFT_CONV2D,
    .n_weights = n_weights,
    .init = init,
    .prepare = prepare,
    .release = release,
    .forward = forward,
    .backward = backward,
};
