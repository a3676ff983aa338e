#include "kernels/conv/window.h"

/* y = x W^T + b: a matrix product over all positions. */
static lc__window window_of(const lc__call *call) {
    size_t inputs = (size_t)call->in_shape[0].c;
    size_t rows = (size_t)lc_shape_count(call->in_shape[0]) / inputs;
    lc__window w = lc__window_matrix(rows, inputs, (size_t)call->out_shape.c);
    w.act = call->op.act;
    return w;
}

static size_t packed_size(const lc__call *call) {
    lc__window w = window_of(call);
    return (lc__window_packed(&w) + w.out_group) * sizeof(float);
}

static void pack(const lc__call *call, const float *weights, void *packed) {
    lc__window w = window_of(call);
    lc__window_pack(&w, LC__TERM_MULTIPLY, weights, packed);
    if (call->op.bias) {
        memcpy((float *)packed + lc__window_packed(&w), weights + w.out_group * w.in_group,
               w.out_group * sizeof *weights);
    }
}

static void run(const lc__call *call) {
    lc__window w = window_of(call);
    w.x = call->in[0];
    w.y = call->out;
    w.weights = call->packed;
    w.bias = call->op.bias ? w.weights + lc__window_packed(&w) : NULL;
    lc__window_multiply(&w, call->team);
}

const lc__kernel lc__kernel_f32_linear = {
    .name = "f32_linear__scalar_4x8",
    .type = LC_OP_LINEAR,
    .dtype = LC_DTYPE_F32,
    .packed_size = packed_size,
    .pack = pack,
    .run = run,
};
