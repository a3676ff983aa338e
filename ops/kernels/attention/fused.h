/* Attention without its matrix of scores: a tile of queries goes through scores, softmax and values
 * while it is in the first-level cache (the idea of FlashAttention, arXiv:2205.14135, with whole
 * rows of scores and hence an exact softmax). f32. */
#ifndef KERNELS_ATTENTION_FUSED_H
#define KERNELS_ATTENTION_FUSED_H

#include "kernels/conv/tile.h"
#include "kernels/kernel.h"
#include "kernels/norm/softmax.h"

/* What it is computed by; the micro-kernel is one for f32. */
typedef struct lc__attention_means {
    const lc__micro *micro;
    lc__softmax_fn *softmax;
} lc__attention_means;

/* out = softmax(scale q k^T) v for every head of every image. Head h has channels h * depth .. of
 * queries and keys, h * value .. of values and results. */
typedef struct lc__fused {
    const float *q, *k, *v;
    float *out;
    size_t images, heads, queries, keys, depth, value; /* queries, keys: tokens */
    size_t q_stride, k_stride, v_stride, out_stride;   /* floats from token to token */
    float scale;
} lc__fused;

/* Bytes, for a team of `threads`. */
size_t lc__fused_scratch(const lc__fused *f, const lc__attention_means *means, int threads);
void lc__fused_run(const lc__fused *f, const lc__attention_means *means, void *scratch,
                   lc__team *team);

/* The operators attention, sdpa and wma. */
size_t lc__fused_attention_packed(const lc__call *call, const lc__attention_means *means);
void lc__fused_attention_pack(const lc__call *call, const lc__attention_means *means,
                              const float *weights, void *packed);
size_t lc__fused_attention_scratch(const lc__call *call, const lc__attention_means *means);
void lc__fused_attention_run(const lc__call *call, const lc__attention_means *means);
size_t lc__fused_sdpa_scratch(const lc__call *call, const lc__attention_means *means);
void lc__fused_sdpa_run(const lc__call *call, const lc__attention_means *means);
size_t lc__fused_wma_packed(const lc__call *call, const lc__attention_means *means);
void lc__fused_wma_pack(const lc__call *call, const lc__attention_means *means,
                        const float *weights, void *packed);
size_t lc__fused_wma_scratch(const lc__call *call, const lc__attention_means *means);
void lc__fused_wma_run(const lc__call *call, const lc__attention_means *means);

#endif
