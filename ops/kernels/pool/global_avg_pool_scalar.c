#include "kernels/pool/global_avg_pool.h"

#include <string.h>

#define CHANNELS_AT_ONCE 64

typedef struct job {
    const void *x;
    lc_dtype dtype;
    lc_shape in;
    lc__format format;
    char *mean;
} job;

/* `n` channels from `first` of one image. */
static void mean_block(const job *j, size_t image, size_t first, size_t n) {
    size_t channels = (size_t)j->in.c, pixels = (size_t)j->in.h * (size_t)j->in.w;
    size_t at = image * pixels * channels + first;
    float sum[CHANNELS_AT_ONCE] = {0}, stored[CHANNELS_AT_ONCE];
    for (size_t p = 0; p < pixels; p++, at += channels) {
        const float *x = lc__float_row(j->dtype, j->x, at, n, stored);
        for (size_t c = 0; c < n; c++) {
            sum[c] += x[c];
        }
    }
    for (size_t c = 0; c < n; c++) {
        sum[c] /= (float)pixels;
    }
    size_t to = (image * channels + first) * lc_dtype_size(j->format.dtype);
    lc__store_row(j->format, sum, n, j->mean + to);
}

/* Pieces are blocks of channels of one image, so that each sum is added in the same order whatever
 * the number of threads. */
static void blocks(void *context, size_t begin, size_t end) {
    const job *j = context;
    size_t channels = (size_t)j->in.c;
    size_t per_image = (channels + CHANNELS_AT_ONCE - 1) / CHANNELS_AT_ONCE;
    for (size_t block = begin; block < end; block++) {
        size_t first = block % per_image * CHANNELS_AT_ONCE, left = channels - first;
        mean_block(j, block / per_image, first, left < CHANNELS_AT_ONCE ? left : CHANNELS_AT_ONCE);
    }
}

void lc__global_mean(const void *x, lc_dtype dtype, lc_shape in, lc__format format, void *mean,
                     lc__team *team) {
    job j = {x, dtype, in, format, mean};
    size_t per_image = ((size_t)in.c + CHANNELS_AT_ONCE - 1) / CHANNELS_AT_ONCE;
    lc__parallel_for(team, (size_t)in.n * per_image, blocks, &j);
}

static void run(const lc__call *call) {
    lc__global_mean(call->in[0], call->op.dtype, call->in_shape[0], lc__format_of(&call->op),
                    call->out, call->team);
}

const lc__kernel lc__kernel_global_avg_pool = {
    .name = "any_global_avg_pool__scalar", .type = LC_OP_GLOBAL_AVG_POOL, .run = run};
