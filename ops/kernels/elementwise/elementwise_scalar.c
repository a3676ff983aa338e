/* add, mul, activation, zero: one value at a time, in f32 whatever they are stored in. */
#include <string.h>

#include "kernels/act.h"
#include "kernels/kernel.h"
#include "kernels/quant.h"

#define BLOCK 256

/* Pieces are pixels: rows of C values, which is also what a broadcast [N,1,1,C] repeats over. */
static size_t pixels_of(lc_shape s) {
    return (size_t)s.n * (size_t)s.h * (size_t)s.w;
}

static void over_pixels(const lc__call *call, lc__range_fn *fn) {
    lc__call copy = *call;
    lc__parallel_for(call->team, pixels_of(call->out_shape), fn, &copy);
}

static void add_row(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        y[i] += x[i];
    }
}

static void mul_row(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        y[i] *= x[i];
    }
}

/* Values `at` .. at + n-1 of the output, n <= BLOCK; the gate of a broadcast is at `gate`. */
static void combine_block(const lc__call *call, size_t at, size_t gate, size_t n) {
    lc_dtype dtype = call->op.dtype;
    float values[BLOCK], other[BLOCK];
    float *y = dtype == LC_DTYPE_F32 ? (float *)call->out + at : values;
    memcpy(y, lc__float_row(dtype, call->in[0], at, n, other), n * sizeof *y);
    for (int i = 1; i < call->n_in; i++) {
        bool whole = lc_shape_equal(call->in_shape[i], call->out_shape);
        const float *x = lc__float_row(dtype, call->in[i], whole ? at : gate, n, other);
        if (call->op.type == LC_OP_ADD) {
            add_row(y, x, n);
        } else {
            mul_row(y, x, n);
        }
    }
    lc__act_row(y, n, call->op.act);
    if (y == values) {
        lc__store_row(lc__format_of(&call->op), y, n,
                      (char *)call->out + at * lc_dtype_size(dtype));
    }
}

static void combine(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t channels = (size_t)call->out_shape.c;
    size_t image = (size_t)call->out_shape.h * (size_t)call->out_shape.w;
    for (size_t p = begin; p < end; p++) {
        for (size_t c = 0; c < channels; c += BLOCK) {
            size_t n = channels - c < BLOCK ? channels - c : BLOCK;
            combine_block(call, p * channels + c, p / image * channels + c, n);
        }
    }
}

static void activate(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    lc_dtype dtype = call->op.dtype;
    size_t channels = (size_t)call->out_shape.c;
    float values[BLOCK], stored[BLOCK];
    for (size_t at = begin * channels; at < end * channels; at += BLOCK) {
        size_t n = end * channels - at < BLOCK ? end * channels - at : BLOCK;
        float *y = dtype == LC_DTYPE_F32 ? (float *)call->out + at : values;
        memcpy(y, lc__float_row(dtype, call->in[0], at, n, stored), n * sizeof *y);
        lc__act_row(y, n, call->op.act);
        if (y == values) {
            lc__store_row(lc__format_of(&call->op), y, n,
                          (char *)call->out + at * lc_dtype_size(dtype));
        }
    }
}

static void clear(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t n = (size_t)call->out_shape.c * lc_dtype_size(call->op.dtype);
    memset((char *)call->out + begin * n, 0, (end - begin) * n);
}

static void run_combine(const lc__call *call) {
    over_pixels(call, combine);
}

static void run_activate(const lc__call *call) {
    over_pixels(call, activate);
}

static void run_clear(const lc__call *call) {
    over_pixels(call, clear);
}

const lc__kernel lc__kernel_add = {
    .name = "any_add__scalar", .type = LC_OP_ADD, .run = run_combine};
const lc__kernel lc__kernel_mul = {
    .name = "any_mul__scalar", .type = LC_OP_MUL, .run = run_combine};
const lc__kernel lc__kernel_activation = {
    .name = "any_activation__scalar", .type = LC_OP_ACTIVATION, .run = run_activate};
const lc__kernel lc__kernel_zero = {
    .name = "any_zero__scalar", .type = LC_OP_ZERO, .run = run_clear};
