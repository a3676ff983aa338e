/* Depthwise convolution, f32: channel by channel, vectors along the channels. Weights are packed
 * [tap][channel], then bias[channel]. */
#ifndef KERNELS_DEPTHWISE_H
#define KERNELS_DEPTHWISE_H

#include "kernels/act.h"
#include "kernels/kernel.h"
#include "kernels/term.h"

#define LC__DEPTHWISE_LANES 16

size_t lc__depthwise_packed_size(const lc__call *call); /* bytes */
void lc__depthwise_pack(const lc__call *call, lc__term term, const float *weights, void *packed);

/* True, and *at where tap (kh, kw) of output pixel (image, oy, ox) reads in in[0]; false over
 * padding. */
static inline bool lc__depthwise_tap(const lc__call *call, size_t image, int oy, int ox, int kh,
                                     int kw, size_t *at) {
    const lc_op *op = &call->op;
    lc_shape in = call->in_shape[0];
    int y = oy * op->stride_h - op->pad_h + kh, x = ox * op->stride_w - op->pad_w + kw;
    size_t row = image * (size_t)in.h + (size_t)y;
    *at = (row * (size_t)in.w + (size_t)x) * (size_t)in.c;
    return y >= 0 && y < in.h && x >= 0 && x < in.w;
}

/* `lanes` channels from `c` of one output pixel. */
LC__INLINE void lc__depthwise_block(const lc__call *call, lc__term term, size_t image, int oy,
                                    int ox, size_t c, float *y) {
    static const float zeros[LC__DEPTHWISE_LANES];
    const lc_op *op = &call->op;
    size_t channels = (size_t)call->out_shape.c;
    const float *w = (const float *)call->packed + c;
    lc__v4 sum[LC__DEPTHWISE_LANES / 4] = {0};
    for (int kh = 0; kh < op->kernel_h; kh++) {
        for (int kw = 0; kw < op->kernel_w; kw++, w += channels) {
            size_t at;
            bool inside = lc__depthwise_tap(call, image, oy, ox, kh, kw, &at);
            const float *x = inside ? (const float *)call->in[0] + at + c : zeros;
            for (int v = 0; v < LC__DEPTHWISE_LANES / 4; v++) {
                lc__v4 operand = lc__load4(x + 4 * v);
                for (int lane = 0; term == LC__TERM_SHIFT && lane < 4; lane++) {
                    operand[lane] = lc__term_operand(term, operand[lane]);
                }
                sum[v] = lc__term4(term, sum[v], operand, lc__load4(w + 4 * v));
            }
        }
    }
    for (int v = 0; v < LC__DEPTHWISE_LANES / 4; v++) {
        lc__store4(y + c + 4 * v, sum[v]);
    }
}

/* One channel, where fewer than a block are left. */
LC__INLINE float lc__depthwise_channel(const lc__call *call, lc__term term, size_t image, int oy,
                                       int ox, size_t c) {
    const lc_op *op = &call->op;
    size_t channels = (size_t)call->out_shape.c;
    const float *w = (const float *)call->packed + c, *x = call->in[0];
    float sum = 0.0F;
    for (int kh = 0; kh < op->kernel_h; kh++) {
        for (int kw = 0; kw < op->kernel_w; kw++, w += channels) {
            size_t at;
            bool inside = lc__depthwise_tap(call, image, oy, ox, kh, kw, &at);
            sum = lc__term1(term, sum, lc__term_operand(term, inside ? x[at + c] : 0.0F), *w);
        }
    }
    return sum;
}

/* Output rows begin .. end-1, counted over all images. */
LC__INLINE void lc__depthwise_rows(const lc__call *call, lc__term term, size_t begin, size_t end) {
    lc_shape out = call->out_shape;
    size_t channels = (size_t)out.c, blocked = channels - channels % LC__DEPTHWISE_LANES;
    size_t taps = (size_t)call->op.kernel_h * (size_t)call->op.kernel_w;
    const float *bias = (const float *)call->packed + taps * channels;
    for (size_t row = begin; row < end; row++) {
        size_t image = row / (size_t)out.h;
        int oy = (int)(row % (size_t)out.h);
        for (int ox = 0; ox < out.w; ox++) {
            float *y = (float *)call->out + (row * (size_t)out.w + (size_t)ox) * channels;
            for (size_t c = 0; c < blocked; c += LC__DEPTHWISE_LANES) {
                lc__depthwise_block(call, term, image, oy, ox, c, y);
            }
            for (size_t c = blocked; c < channels; c++) {
                y[c] = lc__depthwise_channel(call, term, image, oy, ox, c);
            }
            lc__bias_act_row(y, bias, channels, call->op.act);
        }
    }
}

/* Defines a depthwise kernel of one term. */
#define LC__DEPTHWISE_KERNEL(kernel, operator, term)                                               \
    static void pack(const lc__call *call, const float *weights, void *packed) {                   \
        lc__depthwise_pack(call, term, weights, packed);                                           \
    }                                                                                              \
    static void rows(void *context, size_t begin, size_t end) {                                    \
        lc__depthwise_rows(context, term, begin, end);                                             \
    }                                                                                              \
    static void run(const lc__call *call) {                                                        \
        lc__call copy = *call;                                                                     \
        size_t count = (size_t)call->out_shape.n * (size_t)call->out_shape.h;                      \
        lc__parallel_for(call->team, count, rows, &copy);                                          \
    }                                                                                              \
    const lc__kernel lc__kernel_f32_##kernel = {                                                   \
        .name = "f32_" #kernel "__scalar_16",                                                      \
        .type = LC_OP_##operator,                                                                  \
        .dtype = LC_DTYPE_F32,                                                                     \
        .fits = lc__is_depthwise,                                                                  \
        .packed_size = lc__depthwise_packed_size,                                                  \
        .pack = pack,                                                                              \
        .run = run,                                                                                \
    }

#endif
