/* The layer_norm operator of one instruction set, f32: include it after a header of vectors and
 * define it by LC__LAYER_NORM_KERNEL(isa, ISA). Packed: scale[C], offset[C]. */
#ifndef KERNELS_LAYER_NORM_ROWS_H
#define KERNELS_LAYER_NORM_ROWS_H

#include <math.h>

#include "kernels/kernel.h"

#define LC__NORM_EPSILON 1e-5F

/* Sum of (x - centre)^power, power 1 or 2. */
LC__INLINE float lc__norm_sum(const float *x, size_t n, float centre, int power) {
    size_t whole = n - n % LC__VF_LANES;
    lc__vf sum = lc__vf_set(0.0F), c = lc__vf_set(centre);
    for (size_t i = 0; i < whole; i += LC__VF_LANES) {
        lc__vf d = lc__vf_load(x + i) - c;
        sum += power == 2 ? d * d : d;
    }
    float total = lc__vf_sum(sum);
    for (size_t i = whole; i < n; i++) {
        float d = x[i] - centre;
        total += power == 2 ? d * d : d;
    }
    return total;
}

static void lc__norm_row(const float *x, const float *scale, const float *offset, float *y,
                         size_t n) {
    float mean = lc__norm_sum(x, n, 0.0F, 1) / (float)n;
    float variance = lc__norm_sum(x, n, mean, 2) / (float)n;
    lc__vf m = lc__vf_set(mean), inverse = lc__vf_set(1.0F / sqrtf(variance + LC__NORM_EPSILON));
    for (size_t i = 0; i < n; i += LC__VF_LANES) {
        size_t lanes = n - i < LC__VF_LANES ? n - i : LC__VF_LANES;
        lc__vf d = (lc__vf_load_n(x + i, lanes) - m) * inverse;
        lc__vf_store_n(
            y + i, lc__vf_fma(d, lc__vf_load_n(scale + i, lanes), lc__vf_load_n(offset + i, lanes)),
            lanes);
    }
}

static void lc__norm_range(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t width = (size_t)call->out_shape.c;
    const float *scale = call->packed;
    for (size_t row = begin; row < end; row++) {
        lc__norm_row((const float *)call->in[0] + row * width, scale, scale + width,
                     (float *)call->out + row * width, width);
    }
}

static size_t lc__norm_packed_size(const lc__call *call) {
    return 2 * (size_t)call->in_shape[0].c * sizeof(float);
}

static void lc__norm_pack(const lc__call *call, const float *weights, void *packed) {
    memcpy(packed, weights, lc__norm_packed_size(call));
}

static void lc__norm_run(const lc__call *call) {
    lc__call copy = *call;
    size_t rows = (size_t)lc_shape_count(call->out_shape) / (size_t)call->out_shape.c;
    lc__parallel_for(call->team, rows, lc__norm_range, &copy);
}

#define LC__LAYER_NORM_KERNEL(lower, UPPER)                                                        \
    const lc__kernel lc__kernel_f32_layer_norm_##lower = {                                         \
        .name = "f32_layer_norm__" #lower,                                                         \
        .type = LC_OP_LAYER_NORM,                                                                  \
        .dtype = LC_DTYPE_F32,                                                                     \
        .isa = LC__ISA_##UPPER,                                                                    \
        .packed_size = lc__norm_packed_size,                                                       \
        .pack = lc__norm_pack,                                                                     \
        .run = lc__norm_run,                                                                       \
    }

#endif
