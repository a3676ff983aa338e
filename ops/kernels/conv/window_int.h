/* Sums over windows in integers: window.h's loop nest for int8 and int16 tensors.
 *
 * y = store(act(bias[o] + scale[o] * sum of term(x, w))). Packed: weights [group][block of 8
 * outputs][tap][channel][8], two to a byte where they have 4 bits at most (the even one in the
 * lower half); then, each aligned to 64 bytes, scale[out], bias[out], zeros[in_group].
 *
 * MULTIPLY  x * w           w an integer
 * SHIFT     +-(x << p + 7)  w an lc__shift_code(), scale 2^-7 of the activations' step
 * ADDER     -|x - w|        w on the grid of x
 */
#ifndef KERNELS_WINDOW_INT_H
#define KERNELS_WINDOW_INT_H

#include "kernels/conv/window.h"
#include "kernels/quant.h"

/* Sums of this many terms fit 32 bits: the largest is 2^15 * 2^7, of an int16 shift. */
#define LC__INT_CHUNK 256

typedef struct lc__int_window {
    lc__window geometry; /* its data pointers but bias are unused */
    const void *x;
    const uint8_t *weights;
    const float *scale; /* [groups * out_group] */
    const void *zeros;
    void *y;
    lc__format format; /* of y */
    bool nibbles;
} lc__int_window;

/* That of a convolution or, with one tap, a linear layer. */
lc__int_window lc__int_window_new(const lc__call *call, lc__term term);

/* For packing: `size` rounded up to 64; whether weights stand two to a byte; what one unit of a
 * weight of the output with weights w[n] stands for; and weight `w` as number `i` of packed ones,
 * all zeros before. */
size_t lc__int_aligned(size_t size);
bool lc__int_nibbles(const lc__call *call, lc__term term);
float lc__int_step(const lc__call *call, lc__term term, const float *w, size_t n);
void lc__int_set_weight(const lc__call *call, lc__term term, float w, float step, uint8_t *packed,
                        size_t i);

size_t lc__int_packed_size(const lc__call *call, lc__term term); /* bytes */
void lc__int_pack(const lc__call *call, lc__term term, const float *weights, void *packed);

/* Of an adder's weights of 4 bits, which are the upper ones of 8, only those are stored. */
LC__INLINE int lc__int_scale(lc__term term, bool nibbles) {
    return nibbles && term == LC__TERM_ADDER ? 16 : 1;
}

/* Weight number `i` of the packed ones. */
LC__INLINE int32_t lc__int_weight(lc__term term, const uint8_t *weights, size_t i, bool nibbles) {
    if (nibbles) {
        int32_t nibble = weights[i / 2] >> (i % 2 * 4) & 15;
        return ((nibble ^ 8) - 8) * lc__int_scale(term, nibbles);
    }
    return (int8_t)weights[i];
}

LC__INLINE int32_t lc__int_term(lc__term term, int32_t x, int32_t w) {
    switch (term) {
    case LC__TERM_SHIFT: {
        int32_t shifted = (int32_t)((uint32_t)x << (w & 7)), minus = w >> 7;
        return (shifted ^ minus) - minus;
    }
    case LC__TERM_ADDER:
        return x > w ? w - x : x - w;
    case LC__TERM_MULTIPLY:
        break;
    }
    return x * w;
}

/* Value number `at` of x. */
LC__INLINE int32_t lc__int_value(lc_dtype dtype, const void *x, size_t at) {
    return dtype == LC_DTYPE_INT8 ? ((const int8_t *)x)[at] : ((const int16_t *)x)[at];
}

/* y[lanes] of one pixel from its sums. */
LC__INLINE void lc__int_store(const lc__int_window *w, size_t pixel, size_t output, size_t lanes,
                              const int64_t *sum) {
    float row[LC__WINDOW_OUTPUTS];
    for (size_t lane = 0; lane < lanes; lane++) {
        row[lane] = (float)sum[lane] * w->scale[output + lane];
    }
    lc__bias_act_row(row, w->geometry.bias + output, lanes, w->geometry.act);
    size_t to = (pixel * w->geometry.y_stride + output) * lc_dtype_size(w->format.dtype);
    lc__store_row(w->format, row, lanes, (char *)w->y + to);
}

/* Adds one tap's channels, x[at + 0 ..], weights from number `first`. */
LC__INLINE void lc__int_channels(const lc__int_window *w, lc__term term, lc_dtype dtype,
                                 bool nibbles, const void *x, size_t at, size_t first,
                                 int64_t *sum) {
    size_t channels = w->geometry.in_group;
    for (size_t begin = 0; begin < channels; begin += LC__INT_CHUNK) {
        size_t end = channels - begin < LC__INT_CHUNK ? channels : begin + LC__INT_CHUNK;
        int32_t part[LC__WINDOW_OUTPUTS] = {0};
        for (size_t c = begin; c < end; c++) {
            int32_t v = lc__int_value(dtype, x, at + c);
            for (size_t lane = 0; lane < LC__WINDOW_OUTPUTS; lane++) {
                size_t i = first + c * LC__WINDOW_OUTPUTS + lane;
                part[lane] += lc__int_term(term, v, lc__int_weight(term, w->weights, i, nibbles));
            }
        }
        for (size_t lane = 0; lane < LC__WINDOW_OUTPUTS; lane++) {
            sum[lane] += part[lane];
        }
    }
}

/* One output pixel, one block of outputs; term, dtype and nibbles are constants. */
LC__INLINE void lc__int_tile(const lc__int_window *w, lc__term term, lc_dtype dtype, bool nibbles,
                             size_t pixel, size_t block) {
    const lc__window *g = &w->geometry;
    size_t blocks = (g->out_group + LC__WINDOW_OUTPUTS - 1) / LC__WINDOW_OUTPUTS;
    size_t group = block / blocks, taps = (size_t)g->kernel_h * (size_t)g->kernel_w;
    size_t first = block * taps * g->in_group * LC__WINDOW_OUTPUTS;
    lc__pixel p = lc__window_pixel(g, pixel, group);
    int64_t sum[LC__WINDOW_OUTPUTS] = {0};
    for (int kh = 0; kh < g->kernel_h; kh++) {
        for (int kw = 0; kw < g->kernel_w; kw++) {
            size_t at;
            bool inside = lc__window_tap(g, &p, kh, kw, &at);
            lc__int_channels(w, term, dtype, nibbles, inside ? w->x : w->zeros, inside ? at : 0,
                             first, sum);
            first += g->in_group * LC__WINDOW_OUTPUTS;
        }
    }
    size_t output = block % blocks * LC__WINDOW_OUTPUTS, left = g->out_group - output;
    lc__int_store(w, pixel, group * g->out_group + output,
                  left < LC__WINDOW_OUTPUTS ? left : LC__WINDOW_OUTPUTS, sum);
}

/* Pieces are output pixels of one block of outputs. */
LC__INLINE void lc__int_range(const lc__int_window *w, lc__term term, lc_dtype dtype, size_t begin,
                              size_t end) {
    for (size_t i = begin; i < end; i++) {
        size_t pixel = i % w->geometry.pixels, block = i / w->geometry.pixels;
        if (w->nibbles) {
            lc__int_tile(w, term, dtype, true, pixel, block);
        } else {
            lc__int_tile(w, term, dtype, false, pixel, block);
        }
    }
}

/* Number of pieces. */
size_t lc__int_pieces(const lc__int_window *w);

/* Defines the kernel of an operator: `kernel` is its name without the dtype, `lower` and DTYPE are
 * int8 and INT8 or int16 and INT16. */
#define LC__INT_KERNEL(kernel, lower, DTYPE, operator, term)                                       \
    static size_t packed_size_##lower(const lc__call *call) {                                      \
        return lc__int_packed_size(call, term);                                                    \
    }                                                                                              \
    static void pack_##lower(const lc__call *call, const float *weights, void *packed) {           \
        lc__int_pack(call, term, weights, packed);                                                 \
    }                                                                                              \
    static void range_##lower(void *context, size_t begin, size_t end) {                           \
        lc__int_range(context, term, LC_DTYPE_##DTYPE, begin, end);                                \
    }                                                                                              \
    static void run_##lower(const lc__call *call) {                                                \
        lc__int_window w = lc__int_window_new(call, term);                                         \
        lc__parallel_for(call->team, lc__int_pieces(&w), range_##lower, &w);                       \
    }                                                                                              \
    const lc__kernel lc__kernel_##lower##_##kernel = {                                             \
        .name = #lower "_" #kernel "__scalar_1x8",                                                 \
        .type = LC_OP_##operator,                                                                  \
        .dtype = LC_DTYPE_##DTYPE,                                                                 \
        .packed_size = packed_size_##lower,                                                        \
        .pack = pack_##lower,                                                                      \
        .run = run_##lower,                                                                        \
    }

#endif
