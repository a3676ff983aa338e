/* max_pool and avg_pool: a block of channels at a time, in f32 whatever they are stored in. */
#include <string.h>

#include "kernels/kernel.h"
#include "kernels/quant.h"

#define BLOCK 256

static void take_max(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        y[i] = x[i] > y[i] ? x[i] : y[i];
    }
}

static void take_sum(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        y[i] += x[i];
    }
}

static int at_least_zero(int x) {
    return x > 0 ? x : 0;
}

static int at_most(int x, int limit) {
    return x < limit ? x : limit;
}

/* The taps of a window that fall inside the image: rows y0 .. y1-1, columns x0 .. x1-1. */
typedef struct taps {
    int y0, y1, x0, x1;
} taps;

static taps taps_of(const lc__call *call, int oy, int ox) {
    const lc_op *op = &call->op;
    lc_shape in = call->in_shape[0];
    int top = oy * op->stride_h - op->pad_h, left = ox * op->stride_w - op->pad_w;
    return (taps){at_least_zero(top), at_most(top + op->kernel_h, in.h), at_least_zero(left),
                  at_most(left + op->kernel_w, in.w)};
}

/* y[n] of one output pixel, n <= BLOCK channels; `first` is where these channels of the image's
 * first pixel are. */
static void one_block(const lc__call *call, taps t, size_t first, size_t n, float *y) {
    lc_shape in = call->in_shape[0];
    float stored[BLOCK];
    bool fresh = true;
    memset(y, 0, n * sizeof *y); /* a window of padding alone */
    for (int r = t.y0; r < t.y1; r++) {
        for (int c = t.x0; c < t.x1; c++) {
            size_t at = first + ((size_t)r * (size_t)in.w + (size_t)c) * (size_t)in.c;
            const float *x = lc__float_row(call->op.dtype, call->in[0], at, n, stored);
            if (fresh) {
                memcpy(y, x, n * sizeof *y);
                fresh = false;
            } else if (call->op.type == LC_OP_MAX_POOL) {
                take_max(y, x, n);
            } else {
                take_sum(y, x, n);
            }
        }
    }
    float inverse = 1.0F / (float)((t.y1 - t.y0) * (t.x1 - t.x0));
    for (size_t i = 0; call->op.type == LC_OP_AVG_POOL && i < n; i++) {
        y[i] *= inverse;
    }
}

static void rows(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    lc_shape in = call->in_shape[0], out = call->out_shape;
    lc__format format = lc__format_of(&call->op);
    size_t channels = (size_t)in.c, image_size = (size_t)in.h * (size_t)in.w * channels;
    float y[BLOCK];
    for (size_t pixel = begin * (size_t)out.w; pixel < end * (size_t)out.w; pixel++) {
        size_t row = pixel / (size_t)out.w, image = row / (size_t)out.h;
        taps t = taps_of(call, (int)(row % (size_t)out.h), (int)(pixel % (size_t)out.w));
        for (size_t c = 0; c < channels; c += BLOCK) {
            size_t n = channels - c < BLOCK ? channels - c : BLOCK;
            one_block(call, t, image * image_size + c, n, y);
            size_t to = (pixel * channels + c) * lc_dtype_size(format.dtype);
            lc__store_row(format, y, n, (char *)call->out + to);
        }
    }
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    size_t count = (size_t)call->out_shape.n * (size_t)call->out_shape.h;
    lc__parallel_for(call->team, count, rows, &copy);
}

const lc__kernel lc__kernel_max_pool = {
    .name = "any_max_pool__scalar", .type = LC_OP_MAX_POOL, .run = run};
const lc__kernel lc__kernel_avg_pool = {
    .name = "any_avg_pool__scalar", .type = LC_OP_AVG_POOL, .run = run};
