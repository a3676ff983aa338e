#include "kernels/depthwise/depthwise.h"

static size_t taps_of(const lc_op *op) {
    return (size_t)op->kernel_h * (size_t)op->kernel_w;
}

size_t lc__depthwise_packed_size(const lc__call *call) {
    return (taps_of(&call->op) + 1) * (size_t)call->out_shape.c * sizeof(float);
}

void lc__depthwise_pack(const lc__call *call, lc__term term, const float *weights, void *packed) {
    float *to = packed;
    size_t taps = taps_of(&call->op), channels = (size_t)call->out_shape.c;
    for (size_t tap = 0; tap < taps; tap++) {
        for (size_t c = 0; c < channels; c++) {
            *to++ = lc__term_weight(term, weights[c * taps + tap]);
        }
    }
    for (size_t c = 0; c < channels; c++) {
        *to++ = call->op.bias ? weights[taps * channels + c] : 0.0F;
    }
}
