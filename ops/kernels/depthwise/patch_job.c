#include "kernels/depthwise/patch_job.h"

#include <string.h>

#define LANES 16 /* of the widest vector */

static size_t padded(const lc__call *call) {
    return ((size_t)call->out_shape.c + LANES - 1) / LANES * LANES;
}

static size_t taps_of(const lc__call *call) {
    return (size_t)call->op.kernel_h * (size_t)call->op.kernel_w;
}

bool lc__patch_fits(const lc__call *call) {
    bool exact = taps_of(call) <= (1 << 24) / (127 * 128) &&
                 (lc__weight_bits(&call->op) > 4 || call->op.type == LC_OP_SHIFT_CONV2D);
    return lc__is_depthwise(call) && (call->op.dtype != LC_DTYPE_INT8 || exact);
}

size_t lc__patch_packed_size(const lc__call *call) {
    return (taps_of(call) + 2) * padded(call) * sizeof(float);
}

/* A weight as the term of its operator takes it. */
static float packed_weight(const lc__call *call, float w, float step) {
    bool quantised = call->op.dtype == LC_DTYPE_INT8;
    switch (call->op.type) {
    case LC_OP_SHIFT_CONV2D:
        return lc__from_bits(lc__bits(w) - (UINT32_C(120) << 23));
    case LC_OP_ADDER_CONV2D:
        return quantised ? (float)lc__quantise_adder(w, lc__weight_bits(&call->op)) : w;
    default:
        return quantised                         ? (float)lc__quantise_weight(w, step)
               : call->op.dtype == LC_DTYPE_BF16 ? lc__from_bf16(lc__to_bf16(w))
                                                 : w;
    }
}

void lc__patch_pack(const lc__call *call, const float *weights, void *packed) {
    size_t taps = taps_of(call), channels = (size_t)call->out_shape.c, stride = padded(call);
    float *to = packed, *bias = to + taps * stride, *scale = bias + stride;
    bool stepped = call->op.dtype == LC_DTYPE_INT8 && call->op.type == LC_OP_CONV2D;
    memset(packed, 0, lc__patch_packed_size(call));
    for (size_t c = 0; c < channels; c++) {
        const float *w = weights + c * taps;
        float step = stepped ? lc__weight_step(w, taps, lc__weight_bits(&call->op)) : 1.0F;
        for (size_t tap = 0; tap < taps; tap++) {
            to[tap * stride + c] = packed_weight(call, w[tap], step);
        }
        bias[c] = call->op.bias ? weights[taps * channels + c] : 0.0F;
        scale[c] = step * lc__dtype_step(call->op.dtype);
    }
}

lc__patch_job lc__patch_job_of(const lc__call *call) {
    const lc_op *op = &call->op;
    lc_shape in = call->in_shape[0], out = call->out_shape;
    size_t pixel = (size_t)in.c * lc_dtype_size(op->dtype);
    lc__patch_job j = {.kernel_h = op->kernel_h,
                       .kernel_w = op->kernel_w,
                       .stride_h = op->stride_h,
                       .stride_w = op->stride_w,
                       .pad_h = op->pad_h,
                       .pad_w = op->pad_w,
                       .in_h = in.h,
                       .in_w = in.w,
                       .out_h = out.h,
                       .out_w = out.w,
                       .channels = (size_t)in.c,
                       .padded = padded(call),
                       .pixel_bytes = pixel,
                       .image_bytes = (size_t)in.h * (size_t)in.w * pixel,
                       .x = call->in[0],
                       .y = call->out,
                       .weights = call->packed};
    j.finish.bias = j.weights + taps_of(call) * j.padded;
    j.finish.scale = j.finish.bias + j.padded;
    j.finish.act = op->act;
    j.finish.format = lc__format_of(op);
    j.finish.clamp = lc__clamp_of(&j.finish);
    return j;
}
