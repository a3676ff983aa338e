#include "kernels/adder/operator_f32.h"

#include <math.h>

#include "kernels/adder/adder.h"

bool lc__adder_f32_fits(const lc__call *call) {
    return !lc__is_depthwise(call);
}

/* Weights; then bias, sums of weights, and results that are too close to zero, each [out]. */
size_t lc__adder_f32_packed(const lc__call *call, const lc__adder_f32 *a) {
    lc__sliding s = lc__sliding_of(call);
    return lc__sliding_packed(&s, a->by_min) + 3 * s.groups * s.out_group * sizeof(float);
}

void lc__adder_f32_pack(const lc__call *call, const lc__adder_f32 *a, const float *weights,
                        void *packed) {
    lc__sliding s = lc__sliding_of(call);
    size_t outputs = s.groups * s.out_group, depth = lc__sliding_depth(&s);
    float *bias = (float *)(void *)((char *)packed + lc__sliding_packed(&s, a->by_min));
    float *sums = bias + outputs, *close = sums + outputs;
    lc__sliding_pack(&s, a->by_min, weights, NULL, packed);
    for (size_t o = 0; o < outputs; o++) {
        double sum = 0.0, magnitudes = 0.0;
        for (size_t k = 0; k < depth; k++) {
            sum += (double)weights[o * depth + k];
            magnitudes += fabs((double)weights[o * depth + k]);
        }
        sums[o] = (float)sum;
        close[o] = LC__ADDER_CLOSE * (float)magnitudes;
        bias[o] = call->op.bias ? weights[outputs * depth + o] : 0.0F;
    }
}

size_t lc__adder_f32_scratch(const lc__call *call, const lc__adder_f32 *a) {
    lc__sliding s = lc__sliding_of(call);
    return lc__sliding_scratch(&s, a->by_min, lc__team_size(call->team));
}

void lc__adder_f32_run(const lc__call *call, const lc__adder_f32 *a) {
    lc__sliding s = lc__sliding_of(call);
    const lc__micro *m = lc__sliding_depth(&s) < LC__ADDER_DEPTH ? a->plain : a->by_min;
    const char *packed = call->packed;
    s.x = call->in[0];
    s.y = call->out;
    s.weights = packed;
    s.finish.bias = (const float *)(const void *)(packed + lc__sliding_packed(&s, m));
    s.finish.offset = s.finish.bias + s.groups * s.out_group;
    s.finish.close = s.finish.offset + s.groups * s.out_group;
    lc__sliding_run(&s, m, call->scratch, call->team);
}
