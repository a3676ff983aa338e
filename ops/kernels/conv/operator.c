#include "kernels/conv/operator.h"

#include <string.h>

#define ALIGN 64

/* The most terms of int8 whose sum, each input with 128 added, fits 32 bits. */
#define MOST_TERMS (INT32_MAX / (255 * 127))

lc__sliding lc__sliding_of(const lc__call *call) {
    lc__sliding s;
    if (call->op.type != LC_OP_LINEAR) {
        s = lc__sliding_conv(&call->op, call->in_shape[0], call->out_shape);
    } else {
        size_t inputs = (size_t)call->in_shape[0].c;
        size_t rows = (size_t)lc_shape_count(call->in_shape[0]) / inputs;
        s = lc__sliding_matrix(rows, inputs, (size_t)call->out_shape.c);
    }
    s.finish.act = call->op.act;
    s.finish.format = lc__format_of(&call->op);
    return s;
}

bool lc__operator_fits(const lc__call *call) {
    if (lc__is_depthwise(call)) {
        return false;
    }
    lc__sliding s = lc__sliding_of(call);
    return call->op.dtype != LC_DTYPE_INT8 ||
           (lc__weight_bits(&call->op) > 4 && lc__sliding_depth(&s) <= MOST_TERMS);
}

/* Bytes of an array over the outputs. */
static size_t row_bytes(const lc__sliding *s) {
    return (s->groups * s->out_group * sizeof(float) + ALIGN - 1) / ALIGN * ALIGN;
}

static int rows_of(lc_dtype dtype) {
    return dtype == LC_DTYPE_INT8 ? 3 : 1;
}

size_t lc__operator_packed(const lc__call *call, const lc__micro *m) {
    lc__sliding s = lc__sliding_of(call);
    return lc__sliding_packed(&s, m) + (size_t)rows_of(call->op.dtype) * row_bytes(&s);
}

/* Steps of the weights, and from them scale and start. `scale` holds the steps at first. */
static void pack_int8(const lc__call *call, const lc__micro *m, const lc__sliding *s,
                      const float *weights, void *packed, float *scale, int32_t *start) {
    size_t depth = lc__sliding_depth(s), outputs = s->groups * s->out_group;
    for (size_t o = 0; o < outputs; o++) {
        scale[o] = lc__weight_step(weights + o * depth, depth, lc__weight_bits(&call->op));
        int32_t sum = 0;
        for (size_t k = 0; k < depth; k++) {
            sum += lc__quantise_weight(weights[o * depth + k], scale[o]);
        }
        start[o] = -m->offset * sum;
    }
    lc__sliding_pack(s, m, weights, scale, packed);
    for (size_t o = 0; o < outputs; o++) {
        scale[o] *= lc__dtype_step(LC_DTYPE_INT8);
    }
}

void lc__operator_pack(const lc__call *call, const lc__micro *m, const float *weights,
                       void *packed) {
    lc__sliding s = lc__sliding_of(call);
    size_t outputs = s.groups * s.out_group;
    char *bias = (char *)packed + lc__sliding_packed(&s, m), *scale = bias + row_bytes(&s);
    memset(bias, 0, row_bytes(&s));
    if (call->op.bias) {
        memcpy(bias, weights + outputs * lc__sliding_depth(&s), outputs * sizeof *weights);
    }
    if (call->op.dtype == LC_DTYPE_INT8) {
        pack_int8(call, m, &s, weights, packed, (float *)(void *)scale,
                  (int32_t *)(void *)(scale + row_bytes(&s)));
    } else {
        lc__sliding_pack(&s, m, weights, NULL, packed);
    }
}

size_t lc__operator_scratch(const lc__call *call, const lc__micro *m) {
    lc__sliding s = lc__sliding_of(call);
    return lc__sliding_scratch(&s, m, lc__team_size(call->team));
}

void lc__operator_run(const lc__call *call, const lc__micro *m) {
    lc__sliding s = lc__sliding_of(call);
    const char *bias = (const char *)call->packed + lc__sliding_packed(&s, m);
    s.x = call->in[0];
    s.y = call->out;
    s.weights = call->packed;
    s.finish.bias = (const float *)(const void *)bias;
    if (call->op.dtype == LC_DTYPE_INT8) {
        s.finish.scale = (const float *)(const void *)(bias + row_bytes(&s));
        s.finish.start = (const int32_t *)(const void *)(bias + 2 * row_bytes(&s));
    }
    lc__sliding_run(&s, m, call->scratch, call->team);
}
