#include <math.h>
#include <string.h>

#include "kernels/kernel.h"

#define EPSILON 1e-5F

enum { LANES = 16 };

static size_t pixels_of(lc_shape s) {
    return (size_t)s.n * (size_t)s.h * (size_t)s.w;
}

/* Factor and offset of `lanes` channels from `first`. */
static void measure(const lc__call *call, size_t first, size_t lanes) {
    size_t width = (size_t)call->out_shape.c, pixels = pixels_of(call->out_shape);
    const float *x = (const float *)call->in[0] + first, *scale = call->packed;
    float *factor = (float *)call->scratch + first, *offset = factor + width;
    float sum[LANES] = {0}, low[LANES], high[LANES];
    memcpy(low, x, lanes * sizeof *low);
    memcpy(high, x, lanes * sizeof *high);
    for (size_t p = 0; p < pixels; p++) {
        for (size_t i = 0; i < lanes; i++) {
            float v = x[p * width + i];
            sum[i] += v;
            low[i] = v < low[i] ? v : low[i];
            high[i] = v > high[i] ? v : high[i];
        }
    }
    float spread = sqrtf(2.0F * logf((float)pixels));
    for (size_t i = 0; i < lanes; i++) {
        factor[i] = scale[first + i] * spread / (high[i] - low[i] + EPSILON);
        offset[i] = scale[width + first + i] - sum[i] / (float)pixels * factor[i];
    }
}

static void measure_blocks(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t width = (size_t)call->out_shape.c;
    for (size_t block = begin; block < end; block++) {
        size_t left = width - block * LANES;
        measure(call, block * LANES, left < LANES ? left : LANES);
    }
}

static void apply(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t width = (size_t)call->out_shape.c;
    const float *in = call->in[0], *factor = call->scratch, *offset = factor + width;
    float *out = call->out;
    for (size_t p = begin; p < end; p++) {
        for (size_t c = 0; c < width; c++) {
            out[p * width + c] = in[p * width + c] * factor[c] + offset[c];
        }
    }
}

/* Two floats a channel. */
static size_t channel_pairs(const lc__call *call) {
    return 2 * (size_t)call->out_shape.c * sizeof(float);
}

static void pack(const lc__call *call, const float *weights, void *packed) {
    memcpy(packed, weights, channel_pairs(call));
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    size_t blocks = ((size_t)call->out_shape.c + LANES - 1) / LANES;
    lc__parallel_for(call->team, blocks, measure_blocks, &copy);
    lc__parallel_for(call->team, pixels_of(call->out_shape), apply, &copy);
}

const lc__kernel lc__kernel_f32_range_batch_norm = {
    .name = "f32_range_batch_norm__scalar_16",
    .type = LC_OP_RANGE_BATCH_NORM,
    .dtype = LC_DTYPE_F32,
    .packed_size = channel_pairs,
    .pack = pack,
    .scratch_size = channel_pairs,
    .run = run,
};
