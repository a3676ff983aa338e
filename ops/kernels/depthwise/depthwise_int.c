#include "kernels/depthwise/depthwise_int.h"

/* Terms have 22 bits at most, sums 31. */
#define MOST_TAPS 512

static size_t taps_of(const lc__call *call) {
    return (size_t)call->op.kernel_h * (size_t)call->op.kernel_w;
}

bool lc__depthwise_int_fits(const lc__call *call) {
    return lc__is_depthwise(call) && taps_of(call) < MOST_TAPS;
}

/* Where the scales begin and the biases, in bytes. */
static size_t scale_at(const lc__call *call, lc__term term) {
    size_t weights = taps_of(call) * (size_t)call->out_shape.c;
    return lc__int_aligned(lc__int_nibbles(call, term) ? (weights + 1) / 2 : weights);
}

static size_t bias_at(const lc__call *call, lc__term term) {
    return scale_at(call, term) + lc__int_aligned((size_t)call->out_shape.c * sizeof(float));
}

size_t lc__depthwise_int_packed_size(const lc__call *call, lc__term term) {
    return bias_at(call, term) + (size_t)call->out_shape.c * sizeof(float);
}

void lc__depthwise_int_pack(const lc__call *call, lc__term term, const float *weights,
                            void *packed) {
    size_t taps = taps_of(call), channels = (size_t)call->out_shape.c;
    float *scale = (float *)((char *)packed + scale_at(call, term));
    float *bias = (float *)((char *)packed + bias_at(call, term));
    memset(packed, 0, lc__depthwise_int_packed_size(call, term));
    for (size_t c = 0; c < channels; c++) {
        const float *w = weights + c * taps;
        float step = lc__int_step(call, term, w, taps);
        for (size_t tap = 0; tap < taps; tap++) {
            lc__int_set_weight(call, term, w[tap], step, packed, tap * channels + c);
        }
        scale[c] = step * lc__dtype_step(call->op.dtype);
        bias[c] = call->op.bias ? weights[channels * taps + c] : 0.0F;
    }
}

lc__depthwise_int lc__depthwise_int_new(const lc__call *call, lc__term term) {
    const char *packed = call->packed;
    return (lc__depthwise_int){.call = call,
                               .scale =
                                   (const float *)(const void *)(packed + scale_at(call, term)),
                               .bias = (const float *)(const void *)(packed + bias_at(call, term)),
                               .format = lc__format_of(&call->op),
                               .nibbles = lc__int_nibbles(call, term)};
}
