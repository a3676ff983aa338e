#include "kernels/pool/global_avg_pool.h"

#include <string.h>

#define CHANNELS_AT_ONCE 64

typedef struct job {
    const float *x;
    lc_shape in;
    float *mean;
} job;

/* Pieces are blocks of channels of one image, so that each sum is added in the same order whatever
 * the number of threads. */
static void blocks(void *context, size_t begin, size_t end) {
    const job *j = context;
    size_t channels = (size_t)j->in.c, pixels = (size_t)j->in.h * (size_t)j->in.w;
    size_t per_image = (channels + CHANNELS_AT_ONCE - 1) / CHANNELS_AT_ONCE;
    for (size_t block = begin; block < end; block++) {
        size_t image = block / per_image, first = block % per_image * CHANNELS_AT_ONCE;
        size_t n = channels - first < CHANNELS_AT_ONCE ? channels - first : CHANNELS_AT_ONCE;
        const float *x = j->x + image * pixels * channels + first;
        float sum[CHANNELS_AT_ONCE] = {0};
        for (size_t p = 0; p < pixels; p++, x += channels) {
            for (size_t c = 0; c < n; c++) {
                sum[c] += x[c];
            }
        }
        for (size_t c = 0; c < n; c++) {
            j->mean[image * channels + first + c] = sum[c] / (float)pixels;
        }
    }
}

void lc__global_mean(const float *x, lc_shape in, float *mean, lc__team *team) {
    job j = {x, in, mean};
    size_t per_image = ((size_t)in.c + CHANNELS_AT_ONCE - 1) / CHANNELS_AT_ONCE;
    lc__parallel_for(team, (size_t)in.n * per_image, blocks, &j);
}

static void run(const lc__call *call) {
    lc__global_mean(call->in[0], call->in_shape[0], call->out, call->team);
}

const lc__kernel lc__kernel_global_avg_pool = {.name = "f32_global_avg_pool__scalar", .run = run};
