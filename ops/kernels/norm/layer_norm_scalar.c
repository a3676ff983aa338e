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
    const float *x = call->in[0], *scale = call->packed;
    float *y = call->out;
    for (size_t row = begin; row < end; row++) {
        one_row(x + row * width, scale, scale + width, y + row * width, width);
    }
}

static size_t packed_size(const lc__call *call) {
    return 2 * (size_t)call->in_shape[0].c * sizeof(float);
}

static void pack(const lc__call *call, const float *weights, void *packed) {
    memcpy(packed, weights, packed_size(call));
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    size_t count = (size_t)lc_shape_count(call->out_shape) / (size_t)call->out_shape.c;
    lc__parallel_for(call->team, count, rows, &copy);
}

const lc__kernel lc__kernel_f32_layer_norm = {
    .name = "f32_layer_norm__scalar",
    .type = LC_OP_LAYER_NORM,
    .dtype = LC_DTYPE_F32,
    .packed_size = packed_size,
    .pack = pack,
    .run = run,
};
