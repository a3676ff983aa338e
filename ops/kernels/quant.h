/* Values as they are stored (see LC_DTYPE_MAP): f32 to and from bf16, int16 and int8, and weights
 * to integers. */
#ifndef KERNELS_QUANT_H
#define KERNELS_QUANT_H

#include "kernels/vec.h"
#include "latcast/op.h"

/* What one unit of a stored value of an integer dtype stands for; 1 for the others. */
LC__INLINE float lc__dtype_step(lc_dtype dtype) {
    return dtype == LC_DTYPE_INT8 ? 0x1p-5F : dtype == LC_DTYPE_INT16 ? 0x1p-12F : 1.0F;
}

/* Rounds to nearest even. Of a NaN the upper half is kept, and made quiet: rounded like a number,
 * it may become an infinity or a zero. */
LC__INLINE uint16_t lc__to_bf16(float x) {
    uint32_t bits = lc__bits(x);
    bool nan = (bits & 0x7fffffff) > 0x7f800000;
    return (uint16_t)(nan ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

LC__INLINE float lc__from_bf16(uint16_t x) {
    return lc__from_bits((uint32_t)x << 16);
}

/* How values are stored. An integer is clamp(round(x * inverse), -limit .. limit) << shift; with
 * all bits in use, inverse is 1 / step and shift 0. */
typedef struct lc__format {
    lc_dtype dtype;
    float inverse;
    int32_t limit;
    int shift;
} lc__format;

/* Values of `bits` bits; 0 = all. */
lc__format lc__format_new(lc_dtype dtype, int bits);

/* That of an operator's output. */
lc__format lc__format_of(const lc_op *op);

/* y[n] from x[n]. Rounds to nearest even and saturates. */
void lc__store_row(lc__format format, const float *x, size_t n, void *y);

/* y[n] from stored x[n]. */
void lc__load_row(lc_dtype dtype, const void *x, size_t n, float *y);

/* Stored values `at` .. at + n-1 as f32: where they are, if they are f32, else in buffer[n]. */
LC__INLINE const float *lc__float_row(lc_dtype dtype, const void *x, size_t at, size_t n,
                                      float *buffer) {
    if (dtype == LC_DTYPE_F32) {
        return (const float *)x + at;
    }
    lc__load_row(dtype, (const char *)x + at * lc_dtype_size(dtype), n, buffer);
    return buffer;
}

/* Bits of an operator's weights with int8: weight_bits, or 8. */
LC__INLINE int lc__weight_bits(const lc_op *op) {
    return op->weight_bits > 0 ? op->weight_bits : 8;
}

/* The step of the multiplying weights w[n] of one output channel, of `bits` bits. */
float lc__weight_step(const float *w, size_t n, int bits);

/* One of them. */
int8_t lc__quantise_weight(float w, float step);

/* An adder's weight, on the grid of int8 activations. */
int8_t lc__quantise_adder(float w, int bits);

/* A shift weight +-2^p, p in -7 .. 0, as p + 7, with bit 7 set for a minus sign. */
LC__INLINE uint8_t lc__shift_code(float w) {
    uint32_t bits = lc__bits(w);
    return (uint8_t)((bits >> 23 & 0xff) - 120) | (uint8_t)(bits >> 24 & 0x80);
}

#endif
