#include "quantise.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include "base/wide.h"

enum { BLOCK = 16384 }; /* values a thread takes at a time */

static bool is_integer(lc_dtype dtype) {
    return dtype == LC_DTYPE_INT8 || dtype == LC_DTYPE_INT16;
}

static float largest(int bits) {
    return (float)((1 << (bits - 1)) - 1);
}

/* Of a dtype. Values of integers of less than all bits use the upper ones. */
static lc__grid grid_of(lc_dtype dtype, int bits) {
    int most = dtype == LC_DTYPE_INT8 ? 8 : 16;
    float unit = dtype == LC_DTYPE_INT8 ? 0x1p-5F : 0x1p-12F;
    bits = bits > 0 ? bits : most;
    return (lc__grid){unit * (float)(1 << (most - bits)), -largest(bits), largest(bits)};
}

/* 0 where a step is too small to divide by. */
static float inverse_of(float step) {
    return step >= FLT_MIN ? 1.0F / step : 0.0F;
}

/* Rounded to nearest even by adding and taking away 1.5 * 2^23, which every compiler makes vectors
 * of. NaN stays NaN, so that diverging training is seen. */
static inline float to_grid(lc__grid g, float inverse, float x) {
    const float magic = 0x1.8p23F;
    float k = x * inverse;
    k = k > g.high ? g.high : k < g.low ? g.low : k;
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

/* t with t e^t = x, by Newton's iteration on t + log t = log x. */
static double lambert(double x) {
    double t = log(x);
    for (int i = 0; i < 8; i++)
        t -= (t + log(t) - log(x)) / (1 + 1 / t);
    return t;
}

/* Of a Laplacian of scale b what is cut off at t b errs by 2 b^2 e^-t, and rounding to `high` steps
 * up to there by (t b / high)^2 / 12: least together where t e^t = 12 high^2. Its mean square is
 * 2 b^2, its positive half's with zeros b^2, and both errors are halved. */
lc__grid lc__grid_fit(int bits, bool negative, double mean_square, float most) {
    double scale = sqrt(negative ? mean_square / 2 : mean_square);
    float high = negative ? largest(bits) : (float)((1 << bits) - 1);
    float reach = (float)(scale * lambert(12.0 * (double)high * (double)high));
    reach = reach < most ? reach : most;
    return (lc__grid){reach / high, negative ? -high : 0.0F, high};
}

/* Both keep values apart from those at other places, as x may be y. */
LC__WIDE static void apply(lc__grid grid, const float *x, size_t n, float *y) {
    float inverse = inverse_of(grid.step);
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = to_grid(grid, inverse, x[i]);
}

LC__WIDE static void derive(lc__grid grid, const float *x, const float *dy, size_t n, float *dx) {
    float low = grid.low * grid.step, high = grid.high * grid.step;
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] >= low && x[i] <= high ? dy[i] : 0.0F;
}

static size_t block_size(size_t at, size_t n) {
    return n - at < BLOCK ? n - at : BLOCK;
}

void lc__grid_apply(lc__grid grid, const float *x, size_t n, float *y) {
#pragma omp parallel for if (n > BLOCK)
    for (size_t at = 0; at < n; at += BLOCK)
        apply(grid, x + at, block_size(at, n), y + at);
}

void lc__grid_derive(lc__grid grid, const float *x, const float *dy, size_t n, float *dx) {
#pragma omp parallel for if (n > BLOCK)
    for (size_t at = 0; at < n; at += BLOCK)
        derive(grid, x + at, dy + at, block_size(at, n), dx + at);
}

void lc__quantise_values(const lc_op *op, const float *x, size_t n, float *y) {
    if (is_integer(op->dtype)) {
        lc__grid_apply(grid_of(op->dtype, op->act_bits), x, n, y);
    } else if (op->dtype == LC_DTYPE_BF16) {
#pragma omp parallel for if (n > BLOCK)
        for (size_t i = 0; i < n; i++)
            y[i] = to_bf16(x[i]);
    } else if (y != x) {
        memcpy(y, x, n * sizeof *y);
    }
}

void lc__quantise_values_derive(const lc_op *op, const float *x, const float *dy, size_t n,
                                float *dx) {
    if (is_integer(op->dtype))
        lc__grid_derive(grid_of(op->dtype, op->act_bits), x, dy, n, dx);
    else if (dx != dy)
        memcpy(dx, dy, n * sizeof *dx);
}

/* The step of the weights of one output; 0 where all are 0. */
LC__WIDE static float step_of(const float *w, size_t n, int bits) {
    float most = 0.0F;
#pragma omp simd reduction(max : most)
    for (size_t i = 0; i < n; i++)
        most = fabsf(w[i]) > most ? fabsf(w[i]) : most;
    return most / largest(bits);
}

static int weight_bits(const lc_op *op) {
    return op->weight_bits > 0 ? op->weight_bits : op->dtype == LC_DTYPE_INT8 ? 8 : 16;
}

void lc__quantise_weights(const lc_op *op, size_t outputs, size_t n, const float *w, float *q) {
    if (!lc__quantises_weights(op)) {
        if (q != w)
            memcpy(q, w, outputs * n * sizeof *q);
        return;
    }
    int bits = weight_bits(op);
    if (op->type == LC_OP_ADDER_CONV2D) {
        lc__grid_apply(grid_of(op->dtype, bits), w, outputs * n, q);
        return;
    }
#pragma omp parallel for if (outputs * n > BLOCK)
    for (size_t o = 0; o < outputs; o++) {
        lc__grid g = {step_of(w + o * n, n, bits), -largest(bits), largest(bits)};
        if (inverse_of(g.step) > 0.0F)
            apply(g, w + o * n, n, q + o * n);
        else
            memmove(q + o * n, w + o * n, n * sizeof *q);
    }
}

void lc__quantise_weights_derive(const lc_op *op, size_t outputs, size_t n, const float *w,
                                 float *dq) {
    if (op->type == LC_OP_ADDER_CONV2D && lc__quantises_weights(op))
        lc__grid_derive(grid_of(op->dtype, weight_bits(op)), w, dq, outputs * n, dq);
}
