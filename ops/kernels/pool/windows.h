/* max_pool, avg_pool and global_avg_pool, for any lc__vf and, by a header of values, any dtype.
 * Include it after those and define the kernels by LC__POOL_KERNELS. */
#ifndef KERNELS_POOL_WINDOWS_H
#define KERNELS_POOL_WINDOWS_H

#include "kernels/kernel.h"

#define LC__POOL_VECTORS 4 /* of channels at a time */

/* The part of a window that is inside the image: rows y0 .. y1-1, columns x0 .. x1-1. */
typedef struct lc__taps {
    int y0, y1, x0, x1;
} lc__taps;

/* Channels c .. of one window of an image: `vecs` vectors, or n <= LC__VF_LANES of one. */
LC__INLINE void lc__pool_vectors(const lc__call *call, bool takes_max, const lc__taps *t,
                                 const char *image, size_t c, int vecs, size_t n, char *y) {
    const lc__format format = lc__format_of(&call->op);
    const size_t bytes = LC__VF_LANES * LC__VALUE_BYTES;
    size_t channels = (size_t)call->in_shape[0].c, width = (size_t)call->in_shape[0].w;
    lc__vf sums[LC__POOL_VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < vecs; v++) {
        sums[v] = lc__vf_set(takes_max ? -__builtin_inff() : 0.0F);
    }
    for (int r = t->y0; r < t->y1; r++) {
        const char *x =
            image + (((size_t)r * width + (size_t)t->x0) * channels + c) * LC__VALUE_BYTES;
        for (int i = t->x0; i < t->x1; i++, x += channels * LC__VALUE_BYTES) {
#pragma GCC unroll 4
            for (int v = 0; v < vecs; v++) {
                lc__vf value = lc__value_get(x + (size_t)v * bytes, n);
                sums[v] = takes_max ? lc__vf_max(sums[v], value) : sums[v] + value;
            }
        }
    }
    lc__vf share = lc__vf_set(takes_max ? 1.0F : 1.0F / (float)((t->y1 - t->y0) * (t->x1 - t->x0)));
#pragma GCC unroll 4
    for (int v = 0; v < vecs; v++) {
        lc__value_put(&format, y + c * LC__VALUE_BYTES + (size_t)v * bytes, sums[v] * share, n);
    }
}

/* Channels from c up to `end` of one window. */
LC__INLINE void lc__pool_window(const lc__call *call, bool takes_max, const lc__taps *t,
                                const char *image, size_t c, size_t end, char *y) {
    const size_t block = LC__POOL_VECTORS * LC__VF_LANES;
    for (; c + block <= end; c += block) {
        lc__pool_vectors(call, takes_max, t, image, c, LC__POOL_VECTORS, LC__VF_LANES, y);
    }
    for (; c < end; c += LC__VF_LANES) {
        size_t left = end - c;
        lc__pool_vectors(call, takes_max, t, image, c, 1, left < LC__VF_LANES ? left : LC__VF_LANES,
                         y);
    }
}

LC__INLINE void lc__pool_lines(const lc__call *call, bool takes_max, size_t begin, size_t end) {
    const lc_op *op = &call->op;
    lc_shape in = call->in_shape[0], out = call->out_shape;
    size_t channels = (size_t)in.c,
           image_bytes = (size_t)in.h * (size_t)in.w * channels * LC__VALUE_BYTES;
    for (size_t line = begin; line < end; line++) {
        const char *image = (const char *)call->in[0] + line / (size_t)out.h * image_bytes;
        char *y = (char *)call->out + line * (size_t)out.w * channels * LC__VALUE_BYTES;
        int top = (int)(line % (size_t)out.h) * op->stride_h - op->pad_h, left = -op->pad_w;
        for (int ox = 0; ox < out.w; ox++, left += op->stride_w) {
            lc__taps t = {top > 0 ? top : 0, top + op->kernel_h < in.h ? top + op->kernel_h : in.h,
                          left > 0 ? left : 0,
                          left + op->kernel_w < in.w ? left + op->kernel_w : in.w};
            lc__pool_window(call, takes_max, &t, image, 0, channels, y);
            y += channels * LC__VALUE_BYTES;
        }
    }
}

static void lc__max_lines(void *context, size_t begin, size_t end) {
    lc__pool_lines(context, true, begin, end);
}

static void lc__mean_lines(void *context, size_t begin, size_t end) {
    lc__pool_lines(context, false, begin, end);
}

/* Blocks of channels of one image each: sums are the same whatever the number of threads. */
static void lc__global_blocks(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    const size_t block = LC__POOL_VECTORS * LC__VF_LANES;
    lc_shape in = call->in_shape[0];
    size_t channels = (size_t)in.c, per_image = (channels + block - 1) / block;
    lc__taps all = {0, in.h, 0, in.w};
    for (size_t i = begin; i < end; i++) {
        size_t n = i / per_image, c = i % per_image * block;
        const char *image = (const char *)call->in[0] +
                            n * (size_t)in.h * (size_t)in.w * channels * LC__VALUE_BYTES;
        char *y = (char *)call->out + n * channels * LC__VALUE_BYTES;
        lc__pool_window(call, false, &all, image, c, c + block < channels ? c + block : channels,
                        y);
    }
}

static void lc__pool_run(const lc__call *call) {
    const size_t block = LC__POOL_VECTORS * LC__VF_LANES;
    lc__call copy = *call;
    size_t images = (size_t)call->in_shape[0].n, channels = (size_t)call->in_shape[0].c;
    if (call->op.type == LC_OP_GLOBAL_AVG_POOL) {
        size_t per_image = (channels + block - 1) / block;
        lc__parallel_for(call->team, images * per_image, lc__global_blocks, &copy);
    } else {
        lc__range_fn *fn = call->op.type == LC_OP_MAX_POOL ? lc__max_lines : lc__mean_lines;
        lc__parallel_for(call->team, images * (size_t)call->out_shape.h, fn, &copy);
    }
}

#define LC__POOL_KERNEL(op, OP, dtype_, DTYPE, lower, UPPER)                                       \
    const lc__kernel lc__kernel_##dtype_##_##op##_##lower = {                                      \
        .name = #dtype_ "_" #op "__" #lower,                                                       \
        .type = LC_OP_##OP,                                                                        \
        .dtype = LC_DTYPE_##DTYPE,                                                                 \
        .isa = LC__ISA_##UPPER,                                                                    \
        .run = lc__pool_run,                                                                       \
    }

#define LC__POOL_KERNELS(dtype_, DTYPE, lower, UPPER)                                              \
    LC__POOL_KERNEL(max_pool, MAX_POOL, dtype_, DTYPE, lower, UPPER);                              \
    LC__POOL_KERNEL(avg_pool, AVG_POOL, dtype_, DTYPE, lower, UPPER);                              \
    LC__POOL_KERNEL(global_avg_pool, GLOBAL_AVG_POOL, dtype_, DTYPE, lower, UPPER)

#endif
