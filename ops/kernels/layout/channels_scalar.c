/* concat and channel_shuffle: values moved, none computed. */
#include <string.h>

#include "kernels/kernel.h"

static size_t pixels_of(lc_shape s) {
    return (size_t)s.n * (size_t)s.h * (size_t)s.w;
}

static void concat_pixels(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    for (size_t p = begin; p < end; p++) {
        float *y = call->out + p * (size_t)call->out_shape.c;
        for (int i = 0; i < call->n_in; i++) {
            size_t n = (size_t)call->in_shape[i].c;
            memcpy(y, call->in[i] + p * n, n * sizeof *y);
            y += n;
        }
    }
}

static void shuffle_pixels(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t channels = (size_t)call->out_shape.c, groups = (size_t)call->op.groups;
    size_t each = channels / groups;
    for (size_t p = begin; p < end; p++) {
        const float *x = call->in[0] + p * channels;
        float *y = call->out + p * channels;
        for (size_t i = 0; i < each; i++) {
            for (size_t g = 0; g < groups; g++) {
                *y++ = x[g * each + i];
            }
        }
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

const lc__kernel lc__kernel_concat = {.name = "f32_concat__scalar", .run = run_concat};
const lc__kernel lc__kernel_channel_shuffle = {.name = "f32_channel_shuffle__scalar",
                                               .run = run_shuffle};
