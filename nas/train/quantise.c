#include "quantise.h"

#include <math.h>
#include <string.h>

/* Integers of a dtype: values are k * step, |k| <= limit. */
typedef struct grid {
    float step, inverse, limit;
} grid;

static bool is_integer(lc_dtype dtype) {
    return dtype == LC_DTYPE_INT8 || dtype == LC_DTYPE_INT16;
}

/* Values of integers of less than all bits use the upper ones. */
static grid grid_of(lc_dtype dtype, int bits) {
    int most = dtype == LC_DTYPE_INT8 ? 8 : 16;
    float unit = dtype == LC_DTYPE_INT8 ? 0x1p-5F : 0x1p-12F;
    bits = bits > 0 ? bits : most;
    float step = unit * (float)(1 << (most - bits));
    return (grid){step, 1.0F / step, (float)((1 << (bits - 1)) - 1)};
}

/* Rounded to nearest even by adding and taking away 1.5 * 2^23, which every compiler makes vectors
 * of. NaN stays NaN, so that diverging training is seen. */
static inline float to_grid(grid g, float x) {
    const float magic = 0x1.8p23F;
    float k = x * g.inverse;
    k = k > g.limit ? g.limit : k < -g.limit ? -g.limit : k;
    return ((k + magic) - magic) * g.step;
}

static inline float to_bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits += 0x7fff + (bits >> 16 & 1);
    bits &= UINT32_C(0xffff0000);
    float rounded;
    memcpy(&rounded, &bits, sizeof rounded);
    return x == x ? rounded : x;
}

bool lc__quantises_values(const lc_op *op) {
    return is_integer(op->dtype) || op->dtype == LC_DTYPE_BF16;
}

bool lc__quantises_weights(const lc_op *op) {
    return is_integer(op->dtype) &&
           (op->type == LC_OP_CONV2D || op->type == LC_OP_LINEAR || op->type == LC_OP_ADDER_CONV2D);
}

void lc__quantise_values(const lc_op *op, const float *x, size_t n, float *y) {
    if (is_integer(op->dtype)) {
        grid g = grid_of(op->dtype, op->act_bits);
#pragma omp parallel for
        for (size_t i = 0; i < n; i++)
            y[i] = to_grid(g, x[i]);
    } else if (op->dtype == LC_DTYPE_BF16) {
#pragma omp parallel for
        for (size_t i = 0; i < n; i++)
            y[i] = to_bf16(x[i]);
    } else if (y != x) {
        memcpy(y, x, n * sizeof *y);
    }
}

void lc__quantise_values_derive(const lc_op *op, const float *x, const float *dy, size_t n,
                                float *dx) {
    if (!is_integer(op->dtype)) {
        if (dx != dy)
            memcpy(dx, dy, n * sizeof *dx);
        return;
    }
    grid g = grid_of(op->dtype, op->act_bits);
    float most = g.limit * g.step;
#pragma omp parallel for
    for (size_t i = 0; i < n; i++)
        dx[i] = fabsf(x[i]) <= most ? dy[i] : 0.0F;
}

/* The step of the weights of one output; 0 where all are 0. */
static float step_of(const float *w, size_t n, int bits) {
    float most = 0.0F;
    for (size_t i = 0; i < n; i++)
        most = fabsf(w[i]) > most ? fabsf(w[i]) : most;
    return most / (float)((1 << (bits - 1)) - 1);
}

static int weight_bits(const lc_op *op) {
    return op->weight_bits > 0 ? op->weight_bits : op->dtype == LC_DTYPE_INT8 ? 8 : 16;
}

void lc__quantise_weights(const lc_op *op, size_t outputs, size_t n, const float *w, float *q) {
    if (q != w)
        memcpy(q, w, outputs * n * sizeof *q);
    if (!lc__quantises_weights(op))
        return;
    int bits = weight_bits(op);
    if (op->type == LC_OP_ADDER_CONV2D) {
        grid g = grid_of(op->dtype, bits);
        for (size_t i = 0; i < outputs * n; i++)
            q[i] = to_grid(g, q[i]);
        return;
    }
    for (size_t o = 0; o < outputs; o++, q += n) {
        float step = step_of(q, n, bits);
        if (!(step > 0.0F))
            continue;
        grid g = {step, 1.0F / step, (float)((1 << (bits - 1)) - 1)};
        for (size_t i = 0; i < n; i++)
            q[i] = to_grid(g, q[i]);
    }
}

void lc__quantise_weights_derive(const lc_op *op, size_t outputs, size_t n, const float *w,
                                 float *dq) {
    if (op->type != LC_OP_ADDER_CONV2D || !lc__quantises_weights(op))
        return;
    grid g = grid_of(op->dtype, weight_bits(op));
    float most = g.limit * g.step;
    for (size_t i = 0; i < outputs * n; i++)
        dq[i] = fabsf(w[i]) <= most ? dq[i] : 0.0F;
}
