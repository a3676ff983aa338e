#include <string.h>

#include "kernels/kernel.h"

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

/* One output pixel: the taps that fall inside the image. `image` is its first pixel. */
static void one_pixel(const lc__call *call, const float *image, int oy, int ox, float *y) {
    const lc_op *op = &call->op;
    lc_shape in = call->in_shape[0];
    size_t channels = (size_t)in.c;
    int top = oy * op->stride_h - op->pad_h, left = ox * op->stride_w - op->pad_w;
    int y0 = at_least_zero(top), y1 = at_most(top + op->kernel_h, in.h);
    int x0 = at_least_zero(left), x1 = at_most(left + op->kernel_w, in.w);
    bool first = true;
    for (int r = y0; r < y1; r++) {
        for (int c = x0; c < x1; c++) {
            const float *x = image + ((size_t)r * (size_t)in.w + (size_t)c) * channels;
            if (first) {
                memcpy(y, x, channels * sizeof *y);
                first = false;
            } else if (op->type == LC_OP_MAX_POOL) {
                take_max(y, x, channels);
            } else {
                take_sum(y, x, channels);
            }
        }
    }
    float inverse = 1.0F / (float)((y1 - y0) * (x1 - x0));
    for (size_t i = 0; op->type == LC_OP_AVG_POOL && i < channels; i++) {
        y[i] *= inverse;
    }
}

static void rows(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    lc_shape in = call->in_shape[0], out = call->out_shape;
    size_t image_size = (size_t)in.h * (size_t)in.w * (size_t)in.c;
    for (size_t row = begin; row < end; row++) {
        const float *image = call->in[0] + row / (size_t)out.h * image_size;
        float *y = call->out + row * (size_t)out.w * (size_t)out.c;
        for (int ox = 0; ox < out.w; ox++, y += out.c) {
            one_pixel(call, image, (int)(row % (size_t)out.h), ox, y);
        }
    }
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    size_t count = (size_t)call->out_shape.n * (size_t)call->out_shape.h;
    lc__parallel_for(call->team, count, rows, &copy);
}

const lc__kernel lc__kernel_max_pool = {.name = "f32_max_pool__scalar", .run = run};
const lc__kernel lc__kernel_avg_pool = {.name = "f32_avg_pool__scalar", .run = run};
