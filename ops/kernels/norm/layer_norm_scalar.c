#include <math.h>
#include <string.h>

#include "kernels/kernel.h"

#define EPSILON 1e-5F

static void one_row(const float *x, const float *scale, const float *offset, float *y, size_t n) {
    float sum = 0.0F, squares = 0.0F;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    float mean = sum / (float)n;
    for (size_t i = 0; i < n; i++) {
        squares += (x[i] - mean) * (x[i] - mean);
    }
    float inverse = 1.0F / sqrtf(squares / (float)n + EPSILON);
    for (size_t i = 0; i < n; i++) {
        y[i] = (x[i] - mean) * inverse * scale[i] + offset[i];
    }
}

static void rows(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t width = (size_t)call->out_shape.c;
    for (size_t row = begin; row < end; row++) {
        one_row(call->in[0] + row * width, call->packed, call->packed + width,
                call->out + row * width, width);
    }
}

static size_t packed_size(const lc__call *call) {
    return 2 * (size_t)call->in_shape[0].c;
}

static void pack(const lc__call *call, const float *weights, float *packed) {
    memcpy(packed, weights, packed_size(call) * sizeof *packed);
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    size_t count = (size_t)lc_shape_count(call->out_shape) / (size_t)call->out_shape.c;
    lc__parallel_for(call->team, count, rows, &copy);
}

const lc__kernel lc__kernel_layer_norm = {
    .name = "f32_layer_norm__scalar",
    .packed_size = packed_size,
    .pack = pack,
    .run = run,
};
