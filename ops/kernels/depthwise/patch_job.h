/* A depthwise convolution made ready for patch.h. Weights are kept as f32 in every dtype, rounded
 * to it first, integers as such: their sums are exact as long as they stay below 2^24. Packed:
 * weights[tap][channel], channels filled up with zeros to 16, then bias[channel] and, for integers,
 * scale[channel], each aligned to 64 bytes. */
#ifndef KERNELS_DEPTHWISE_PATCH_JOB_H
#define KERNELS_DEPTHWISE_PATCH_JOB_H

#include "kernels/conv/tile.h"
#include "kernels/kernel.h"

typedef struct lc__patch_job {
    int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
    int in_h, in_w, out_h, out_w;
    size_t channels, padded;         /* padded: from tap to tap of the weights */
    size_t pixel_bytes, image_bytes; /* of a pixel, in and out; of an input image */
    const char *x;
    char *y;
    const float *weights;
    lc__finish finish;
} lc__patch_job;

/* Depthwise; with int8, weights of more than 4 bits and exact sums. */
bool lc__patch_fits(const lc__call *call);

size_t lc__patch_packed_size(const lc__call *call); /* bytes */
void lc__patch_pack(const lc__call *call, const float *weights, void *packed);
lc__patch_job lc__patch_job_of(const lc__call *call);

/* Lines of `rows` output rows that an image has. */
static inline size_t lc__patch_lines_of(const lc__patch_job *j, int rows) {
    return ((size_t)j->out_h + (size_t)rows - 1) / (size_t)rows;
}

#endif
