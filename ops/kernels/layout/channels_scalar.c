/* concat and channel_shuffle: values moved, none computed. */
#include <string.h>

#include "kernels/kernel.h"
#include "kernels/vec.h"

static size_t pixels_of(lc_shape s) {
    return (size_t)s.n * (size_t)s.h * (size_t)s.w;
}

static void concat_pixels(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t size = lc_dtype_size(call->op.dtype);
    for (size_t p = begin; p < end; p++) {
        char *y = (char *)call->out + p * (size_t)call->out_shape.c * size;
        for (int i = 0; i < call->n_in; i++) {
            size_t n = (size_t)call->in_shape[i].c * size;
            memcpy(y, (const char *)call->in[i] + p * n, n);
            y += n;
        }
    }
}

/* `size` is a constant where this is inlined. */
LC__INLINE void shuffle_values(const lc__call *call, size_t begin, size_t end, size_t size) {
    size_t channels = (size_t)call->out_shape.c, groups = (size_t)call->op.groups;
    size_t each = channels / groups;
    for (size_t p = begin; p < end; p++) {
        const char *x = (const char *)call->in[0] + p * channels * size;
        char *y = (char *)call->out + p * channels * size;
        for (size_t i = 0; i < each; i++) {
            for (size_t g = 0; g < groups; g++, y += size) {
                memcpy(y, x + (g * each + i) * size, size);
            }
        }
    }
}

static void shuffle_pixels(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    switch (lc_dtype_size(call->op.dtype)) {
    case 1:
        shuffle_values(call, begin, end, 1);
        break;
    case 2:
        shuffle_values(call, begin, end, 2);
        break;
    default:
        shuffle_values(call, begin, end, 4);
    }
}

static void run_concat(const lc__call *call) {
    lc__call copy = *call;
    lc__parallel_for(call->team, pixels_of(call->out_shape), concat_pixels, &copy);
}

static void run_shuffle(const lc__call *call) {
    lc__call copy = *call;
    lc__parallel_for(call->team, pixels_of(call->out_shape), shuffle_pixels, &copy);
}

const lc__kernel lc__kernel_concat = {
    .name = "any_concat__scalar", .type = LC_OP_CONCAT, .run = run_concat};
const lc__kernel lc__kernel_channel_shuffle = {
    .name = "any_channel_shuffle__scalar", .type = LC_OP_CHANNEL_SHUFFLE, .run = run_shuffle};
