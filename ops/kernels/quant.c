#include "kernels/quant.h"

#include <math.h>

lc__format lc__format_new(lc_dtype dtype, int bits) {
    lc__format f = {.dtype = dtype, .inverse = 1.0F};
    if (dtype == LC_DTYPE_INT8 || dtype == LC_DTYPE_INT16) {
        int most = dtype == LC_DTYPE_INT8 ? 8 : 16;
        f.shift = bits > 0 ? most - bits : 0;
        f.limit = (1 << (most - f.shift - 1)) - 1;
        f.inverse = 1.0F / (lc__dtype_step(dtype) * (float)(1 << f.shift));
    }
    return f;
}

lc__format lc__format_of(const lc_op *op) {
    return lc__format_new(op->dtype, op->act_bits);
}

/* Adding and taking away 1.5 * 2^23 rounds to nearest even on every CPU, in vectors too. */
LC__INLINE int32_t round_to(lc__format f, float x) {
    const float magic = 0x1.8p23F, limit = (float)f.limit;
    x *= f.inverse;
    x = x < limit ? x : limit;
    x = x > -limit ? x : -limit;
    return ((int32_t)lc__bits(x + magic) - (int32_t)lc__bits(magic)) * (1 << f.shift);
}

void lc__store_row(lc__format f, const float *x, size_t n, void *y) {
    switch (f.dtype) {
    case LC_DTYPE_INT8:
        for (size_t i = 0; i < n; i++) {
            ((int8_t *)y)[i] = (int8_t)round_to(f, x[i]);
        }
        break;
    case LC_DTYPE_INT16:
        for (size_t i = 0; i < n; i++) {
            ((int16_t *)y)[i] = (int16_t)round_to(f, x[i]);
        }
        break;
    case LC_DTYPE_BF16:
        for (size_t i = 0; i < n; i++) {
            ((uint16_t *)y)[i] = lc__to_bf16(x[i]);
        }
        break;
    default:
        memcpy(y, x, n * sizeof *x);
    }
}

void lc__load_row(lc_dtype dtype, const void *x, size_t n, float *y) {
    const float step = lc__dtype_step(dtype);
    switch (dtype) {
    case LC_DTYPE_INT8:
        for (size_t i = 0; i < n; i++) {
            y[i] = step * (float)((const int8_t *)x)[i];
        }
        break;
    case LC_DTYPE_INT16:
        for (size_t i = 0; i < n; i++) {
            y[i] = step * (float)((const int16_t *)x)[i];
        }
        break;
    case LC_DTYPE_BF16:
        for (size_t i = 0; i < n; i++) {
            y[i] = lc__from_bf16(((const uint16_t *)x)[i]);
        }
        break;
    default:
        memcpy(y, x, n * sizeof *y);
    }
}

float lc__weight_step(const float *w, size_t n, int bits) {
    float most = 0.0F;
    for (size_t i = 0; i < n; i++) {
        most = fabsf(w[i]) > most ? fabsf(w[i]) : most;
    }
    return most > 0.0F ? most / (float)((1 << (bits - 1)) - 1) : 1.0F;
}

int8_t lc__quantise_weight(float w, float step) {
    return (int8_t)lrintf(w * (1.0F / step));
}

int8_t lc__quantise_adder(float w, int bits) {
    int8_t q;
    lc__store_row(lc__format_new(LC_DTYPE_INT8, bits), &w, 1, &q);
    return q;
}
