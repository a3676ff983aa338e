#include "kernels/conv/window.h"

lc__window lc__window_matrix(size_t rows, size_t inputs, size_t outputs) {
    return (lc__window){.in_h = 1,
                        .in_w = (int)rows,
                        .out_h = 1,
                        .out_w = (int)rows,
                        .kernel_h = 1,
                        .kernel_w = 1,
                        .stride_h = 1,
                        .stride_w = 1,
                        .pixels = rows,
                        .groups = 1,
                        .in_group = inputs,
                        .out_group = outputs,
                        .x_stride = inputs,
                        .y_stride = outputs,
                        .act = LC_ACT_NONE};
}

lc__window lc__window_conv(const lc_op *op, lc_shape in, lc_shape out) {
    size_t groups = (size_t)op->groups;
    return (lc__window){.in_h = in.h,
                        .in_w = in.w,
                        .out_h = out.h,
                        .out_w = out.w,
                        .kernel_h = op->kernel_h,
                        .kernel_w = op->kernel_w,
                        .stride_h = op->stride_h,
                        .stride_w = op->stride_w,
                        .pad_h = op->pad_h,
                        .pad_w = op->pad_w,
                        .pixels = (size_t)out.n * (size_t)out.h * (size_t)out.w,
                        .groups = groups,
                        .in_group = (size_t)in.c / groups,
                        .out_group = (size_t)out.c / groups,
                        .x_stride = (size_t)in.c,
                        .y_stride = (size_t)out.c,
                        .act = op->act};
}

static size_t blocks_of(const lc__window *w) {
    return w->groups * ((w->out_group + LC__WINDOW_OUTPUTS - 1) / LC__WINDOW_OUTPUTS);
}

size_t lc__window_depth(const lc__window *w) {
    return (size_t)w->kernel_h * (size_t)w->kernel_w * w->in_group;
}

size_t lc__window_packed(const lc__window *w) {
    return blocks_of(w) * lc__window_depth(w) * LC__WINDOW_OUTPUTS;
}

void lc__window_pack(const lc__window *w, lc__term term, const float *weights, float *packed) {
    size_t depth = lc__window_depth(w), blocks = blocks_of(w) / w->groups;
    for (size_t b = 0; b < blocks_of(w); b++) {
        size_t group = b / blocks, first = b % blocks * LC__WINDOW_OUTPUTS;
        for (size_t k = 0; k < depth; k++) {
            for (size_t lane = 0; lane < LC__WINDOW_OUTPUTS; lane++) {
                size_t output = first + lane;
                size_t row = group * w->out_group + output;
                *packed++ =
                    output < w->out_group ? lc__term_weight(term, weights[row * depth + k]) : 0.0F;
            }
        }
    }
}

size_t lc__window_tiles(const lc__window *w) {
    return blocks_of(w) * ((w->pixels + LC__WINDOW_PIXELS - 1) / LC__WINDOW_PIXELS);
}

static void multiply_range(void *context, size_t begin, size_t end) {
    lc__window_range(context, LC__TERM_MULTIPLY, begin, end);
}

void lc__window_multiply(const lc__window *w, lc__team *team) {
    lc__window copy = *w;
    lc__parallel_for(team, lc__window_tiles(w), multiply_range, &copy);
}

size_t lc__conv_packed_size(const lc__call *call) {
    lc__window w = lc__window_conv(&call->op, call->in_shape[0], call->out_shape);
    return (lc__window_packed(&w) + w.groups * w.out_group + w.in_group) * sizeof(float);
}

void lc__conv_pack(const lc__call *call, lc__term term, const float *weights, void *packed) {
    lc__window w = lc__window_conv(&call->op, call->in_shape[0], call->out_shape);
    size_t outputs = w.groups * w.out_group;
    lc__window_pack(&w, term, weights, packed);
    float *bias = (float *)packed + lc__window_packed(&w);
    memset(bias, 0, (outputs + w.in_group) * sizeof *bias);
    if (call->op.bias) {
        memcpy(bias, weights + outputs * lc__window_depth(&w), outputs * sizeof *bias);
    }
}

lc__window lc__conv_window(const lc__call *call) {
    lc__window w = lc__window_conv(&call->op, call->in_shape[0], call->out_shape);
    w.x = call->in[0];
    w.y = call->out;
    w.weights = call->packed;
    w.bias = w.weights + lc__window_packed(&w);
    w.zeros = w.bias + w.groups * w.out_group;
    return w;
}
