/* add, mul, activation, zero: one value at a time. */
#include <string.h>

#include "kernels/act.h"
#include "kernels/kernel.h"

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

static void combine(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t n = (size_t)call->out_shape.c;
    size_t image = (size_t)call->out_shape.h * (size_t)call->out_shape.w;
    for (size_t p = begin; p < end; p++) {
        float *y = call->out + p * n;
        memcpy(y, call->in[0] + p * n, n * sizeof *y);
        for (int i = 1; i < call->n_in; i++) {
            bool whole = lc_shape_equal(call->in_shape[i], call->out_shape);
            const float *x = call->in[i] + (whole ? p : p / image) * n;
            if (call->op.type == LC_OP_ADD) {
                add_row(y, x, n);
            } else {
                mul_row(y, x, n);
            }
        }
        lc__act_row(y, n, call->op.act);
    }
}

static void activate(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t n = (size_t)call->out_shape.c;
    float *y = call->out + begin * n;
    memcpy(y, call->in[0] + begin * n, (end - begin) * n * sizeof *y);
    lc__act_row(y, (end - begin) * n, call->op.act);
}

static void clear(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t n = (size_t)call->out_shape.c;
    memset(call->out + begin * n, 0, (end - begin) * n * sizeof *call->out);
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

const lc__kernel lc__kernel_add = {.name = "f32_add__scalar", .run = run_combine};
const lc__kernel lc__kernel_mul = {.name = "f32_mul__scalar", .run = run_combine};
const lc__kernel lc__kernel_activation = {.name = "f32_activation__scalar", .run = run_activate};
const lc__kernel lc__kernel_zero = {.name = "f32_zero__scalar", .run = run_clear};
