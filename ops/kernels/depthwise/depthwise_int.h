/* Depthwise convolution in integers: int8 and int16 tensors, terms as in window_int.h.
 *
 * Packed: weights [tap][channel], two to a byte where they have 4 bits at most; then, each aligned
 * to 64 bytes, scale[channel], bias[channel].
 */
#ifndef KERNELS_DEPTHWISE_INT_H
#define KERNELS_DEPTHWISE_INT_H

#include "kernels/conv/window_int.h"
#include "kernels/depthwise/depthwise.h"

size_t lc__depthwise_int_packed_size(const lc__call *call, lc__term term); /* bytes */
void lc__depthwise_int_pack(const lc__call *call, lc__term term, const float *weights,
                            void *packed);

/* Depthwise, and sums over so many taps fit 32 bits. */
bool lc__depthwise_int_fits(const lc__call *call);

/* What rows of output need. */
typedef struct lc__depthwise_int {
    const lc__call *call;
    const float *scale, *bias;
    lc__format format;
    bool nibbles;
} lc__depthwise_int;

lc__depthwise_int lc__depthwise_int_new(const lc__call *call, lc__term term);

/* n <= LC__DEPTHWISE_LANES channels from `c` of one output pixel; term, dtype and nibbles are
 * constants. */
LC__INLINE void lc__depthwise_int_block(const lc__depthwise_int *d, lc__term term, lc_dtype dtype,
                                        bool nibbles, size_t row, int ox, size_t c, size_t n) {
    const lc__call *call = d->call;
    const lc_op *op = &call->op;
    size_t channels = (size_t)call->out_shape.c, image = row / (size_t)call->out_shape.h;
    int oy = (int)(row % (size_t)call->out_shape.h);
    int32_t sum[LC__DEPTHWISE_LANES] = {0};
    float y[LC__DEPTHWISE_LANES];
    size_t first = c;
    for (int kh = 0; kh < op->kernel_h; kh++) {
        for (int kw = 0; kw < op->kernel_w; kw++, first += channels) {
            size_t at;
            bool inside = lc__depthwise_tap(call, image, oy, ox, kh, kw, &at);
            for (size_t i = 0; i < n; i++) {
                int32_t w = lc__int_weight(term, call->packed, first + i, nibbles);
                int32_t x = inside ? lc__int_value(dtype, call->in[0], at + c + i) : 0;
                sum[i] += lc__int_term(term, x, w);
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        y[i] = (float)sum[i] * d->scale[c + i];
    }
    lc__bias_act_row(y, d->bias + c, n, op->act);
    size_t to = (row * (size_t)call->out_shape.w + (size_t)ox) * channels + c;
    lc__store_row(d->format, y, n, (char *)call->out + to * lc_dtype_size(dtype));
}

/* Output rows begin .. end-1, counted over all images. */
LC__INLINE void lc__depthwise_int_rows(const lc__depthwise_int *d, lc__term term, lc_dtype dtype,
                                       size_t begin, size_t end) {
    size_t channels = (size_t)d->call->out_shape.c;
    for (size_t row = begin; row < end; row++) {
        for (int ox = 0; ox < d->call->out_shape.w; ox++) {
            for (size_t c = 0; c < channels; c += LC__DEPTHWISE_LANES) {
                size_t left = channels - c;
                if (d->nibbles) {
                    lc__depthwise_int_block(d, term, dtype, true, row, ox, c,
                                            left < LC__DEPTHWISE_LANES ? left
                                                                       : LC__DEPTHWISE_LANES);
                } else if (left < LC__DEPTHWISE_LANES) {
                    lc__depthwise_int_block(d, term, dtype, false, row, ox, c, left);
                } else {
                    lc__depthwise_int_block(d, term, dtype, false, row, ox, c, LC__DEPTHWISE_LANES);
                }
            }
        }
    }
}

/* Defines the kernel of an operator; as LC__INT_KERNEL(). */
#define LC__DEPTHWISE_INT_KERNEL(kernel, lower, DTYPE, operator, term)                             \
    static size_t packed_size_##lower(const lc__call *call) {                                      \
        return lc__depthwise_int_packed_size(call, term);                                          \
    }                                                                                              \
    static void pack_##lower(const lc__call *call, const float *weights, void *packed) {           \
        lc__depthwise_int_pack(call, term, weights, packed);                                       \
    }                                                                                              \
    static void rows_##lower(void *context, size_t begin, size_t end) {                            \
        lc__depthwise_int_rows(context, term, LC_DTYPE_##DTYPE, begin, end);                       \
    }                                                                                              \
    static void run_##lower(const lc__call *call) {                                                \
        lc__depthwise_int d = lc__depthwise_int_new(call, term);                                   \
        size_t count = (size_t)call->out_shape.n * (size_t)call->out_shape.h;                      \
        lc__parallel_for(call->team, count, rows_##lower, &d);                                     \
    }                                                                                              \
    const lc__kernel lc__kernel_##lower##_##kernel = {                                             \
        .name = #lower "_" #kernel "__scalar_16",                                                  \
        .type = LC_OP_##operator,                                                                  \
        .dtype = LC_DTYPE_##DTYPE,                                                                 \
        .fits = lc__depthwise_int_fits,                                                            \
        .packed_size = packed_size_##lower,                                                        \
        .pack = pack_##lower,                                                                      \
        .run = run_##lower,                                                                        \
    }

#endif
