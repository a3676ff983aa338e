#include "layer.h"

#include <math.h>
#include "base/rng.h"

static const lc__layer *const layers[] = {
    &lc__layer_conv2d,
    &lc__layer_linear,
    &lc__layer_max_pool,
    &lc__layer_avg_pool,
    &lc__layer_global_avg_pool,
    &lc__layer_add,
    &lc__layer_mul,
    &lc__layer_concat,
    &lc__layer_channel_shuffle,
    &lc__layer_zero,
    &lc__layer_activation,
    &lc__layer_squeeze_excite,
    &lc__layer_adder_conv2d,
    &lc__layer_shift_conv2d,
    &lc__layer_spatial_shift,
    &lc__layer_attention,
    &lc__layer_layer_norm,
    &lc__layer_softmax,
    &lc__layer_matmul,
    NULL,
};

const lc__layer *lc__layer_find(lc_op_type type) {
    const lc__layer *const *layer = layers;
    while (*layer && (*layer)->type != type)
        layer++;
    return *layer;
}

bool lc__layer_is_normed(lc_op_type type) {
    return type == LC_OP_CONV2D || type == LC_OP_SHIFT_CONV2D || type == LC_OP_ADDER_CONV2D;
}

size_t lc__layer_fan_in(const lc__geometry *g) {
    const lc_op *op = g->op;
    return (size_t)(g->in[0].c / op->groups) * (size_t)op->kernel_h * (size_t)op->kernel_w;
}

void lc__layer_draw(uint64_t *rng, size_t fan_in, float gain, float *w, size_t n) {
    float range = sqrtf(3.0F * gain / (float)fan_in);
    for (size_t i = 0; i < n; i++)
        w[i] = range * (2.0F * (float)lc__rng_unit(rng) - 1.0F);
}
