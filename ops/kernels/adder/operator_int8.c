#include "kernels/adder/operator_int8.h"

#include <string.h>

#include "kernels/adder/adder.h"

/* A sum begins at -sum of w and gathers 2 min(x, w), of at most 127 each. */
#define MOST_TERMS (INT32_MAX / (4 * 127))

void lc__micro_weight_adder(float w, float bits, void *to) {
    int8_t q = lc__quantise_adder(w, (int)bits);
    memcpy(to, &q, sizeof q);
}

static lc__sliding sliding_of(const lc__call *call) {
    lc__sliding s = lc__sliding_conv(&call->op, call->in_shape[0], call->out_shape);
    s.finish.format = lc__format_of(&call->op);
    return s;
}

bool lc__adder_int8_fits(const lc__call *call) {
    lc__sliding s = sliding_of(call);
    return !lc__is_depthwise(call) && lc__weight_bits(&call->op) > 4 &&
           lc__sliding_depth(&s) <= MOST_TERMS;
}

/* Packed: weights, then scale, bias and start[out]. */
size_t lc__adder_int8_packed(const lc__call *call, const lc__micro *m) {
    lc__sliding s = sliding_of(call);
    return lc__sliding_packed(&s, m) + 3 * s.groups * s.out_group * sizeof(float);
}

void lc__adder_int8_pack(const lc__call *call, const lc__micro *m, const float *weights,
                         void *packed) {
    lc__sliding s = sliding_of(call);
    size_t outputs = s.groups * s.out_group, depth = lc__sliding_depth(&s);
    float *scale = (float *)(void *)((char *)packed + lc__sliding_packed(&s, m));
    float *bias = scale + outputs;
    int32_t *start = (int32_t *)(void *)(bias + outputs);
    int bits = lc__weight_bits(&call->op);
    for (size_t o = 0; o < outputs; o++) {
        scale[o] = (float)bits; /* what the micro-kernel's weight() takes for a step */
        bias[o] = call->op.bias ? weights[outputs * depth + o] : 0.0F;
        start[o] = 0;
        for (size_t k = 0; k < depth; k++) {
            start[o] -= lc__quantise_adder(weights[o * depth + k], bits);
        }
    }
    lc__sliding_pack(&s, m, weights, scale, packed);
    for (size_t o = 0; o < outputs; o++) {
        scale[o] = lc__dtype_step(LC_DTYPE_INT8);
    }
}

size_t lc__adder_int8_scratch(const lc__call *call, const lc__micro *m) {
    lc__sliding s = sliding_of(call);
    return lc__sliding_scratch(&s, m, lc__team_size(call->team));
}

void lc__adder_int8_run(const lc__call *call, const lc__micro *m) {
    lc__sliding s = sliding_of(call);
    size_t outputs = s.groups * s.out_group;
    const char *packed = call->packed;
    s.x = call->in[0];
    s.y = call->out;
    s.weights = packed;
    s.finish.scale = (const float *)(const void *)(packed + lc__sliding_packed(&s, m));
    s.finish.bias = s.finish.scale + outputs;
    s.finish.start = (const int32_t *)(const void *)(s.finish.bias + outputs);
    lc__sliding_run(&s, m, call->scratch, call->team);
}
