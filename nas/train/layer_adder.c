/* adder_conv2d: z = -sum |x - w| over windows, where padding is x = 0 like any other value.
 *
 * Backward is not the derivative, but what AdderNet puts in its place (arXiv:1912.13200, section
 * 3.2): x - w by the weight w (eq. 5) and clip(w - x) by the input x (eq. 7), clip the hard tanh.
 * The first is linear in x, so that
 *
 *     dw = sum dz (x - w) = (dw of a convolution) - w sum dz
 *
 * and oneDNN does its products; the rest is ours (adder_pass.h).
 */
#include "adder.h"

#include <stdlib.h>
#include "adder_pass.h"
#include "backends/arena.h"
#include "base/memory.h"
#include "columns.h"

typedef struct adder {
    lc__adder_pass *forward, *backward;
    float *sums;   /* [out_channels]: of dz */
    lc_op product; /* the convolution whose weights' gradient is a part of ours */
    lc__geometry product_geometry;
    void *product_state;
} adder;

static size_t n_weights(const lc__geometry *g) {
    return lc__layer_conv2d.n_weights(g);
}

/* Of variance 1, like the inputs that a batch-norm leaves: they are compared with each other. */
static void init(const lc__geometry *g, uint64_t *rng, float *w) {
    lc__layer_draw(rng, 1, 1.0F, w, n_weights(g));
}

static void release(void *state) {
    adder *a = state;
    lc__adder_pass_free(a->forward);
    lc__adder_pass_free(a->backward);
    if (a->product_state)
        lc__layer_conv2d.release(a->product_state);
    free(a->sums);
    free(a);
}

lc_status lc__adder_prepare(const lc__geometry *g, const lc__adder_kernels *kernels, void **state,
                            lc_error *err) {
    adder *a = calloc(1, sizeof *a);
    if (!a)
        return lc__no_memory(err);
    a->product = *g->op;
    a->product.type = LC_OP_CONV2D;
    a->product_geometry = *g;
    a->product_geometry.op = &a->product;
    a->sums = lc__arena_alloc((size_t)g->out.c * sizeof(float));
    lc_status st = a->sums ? LC_OK : lc__no_memory(err);
    if (st == LC_OK)
        st = lc__adder_pass_new(g, kernels, false, &a->forward, err);
    if (st == LC_OK)
        st = lc__adder_pass_new(g, kernels, true, &a->backward, err);
    if (st == LC_OK)
        st = lc__layer_conv2d.prepare(&a->product_geometry, &a->product_state, err);
    if (st == LC_OK)
        *state = a;
    else
        release(a);
    return st;
}

static lc_status prepare(const lc__geometry *g, void **state, lc_error *err) {
    return lc__adder_prepare(g, lc__adder_kernels_here()[0], state, err);
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    (void)g, (void)saved;
    const adder *a = state;
    lc__adder_pass_run(a->forward, w, x[0], NULL, z);
}

static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    const adder *a = state;
    size_t terms = lc__layer_fan_in(g), out = (size_t)g->out.c;
    lc__layer_conv2d.backward(&a->product_geometry, a->product_state, x, w, z, saved, dz,
                              (float *const[]){NULL}, dw);
    lc__column_sums(dz, lc__n_rows(g->out), out, a->sums);
    for (size_t o = 0; o < out; o++)
        for (size_t k = o * terms; k < (o + 1) * terms; k++)
            dw[k] -= w[k] * a->sums[o];
    if (dx[0])
        lc__adder_pass_run(a->backward, w, dz, x[0], dx[0]);
}

const lc__layer lc__layer_adder_conv2d = {
    .type = LC_OP_ADDER_CONV2D,
    .adaptive_rate = true,
    .n_weights = n_weights,
    .init = init,
    .prepare = prepare,
    .release = release,
    .forward = forward,
    .backward = backward,
};
