/* Attention without projections out of products, whoever computes those: sdpa and wma. */
#ifndef KERNELS_SDPA_H
#define KERNELS_SDPA_H

#include "kernels/linear/product.h"

/* Scratch: scores of one head, turned queries of one head (wma), and what a product needs. */
size_t lc__sdpa_scratch(const lc__call *call);
void lc__sdpa_run(const lc__call *call, lc__product_fn *product);

/* wma's matrices are used as drawn. */
size_t lc__sdpa_packed_size(const lc__call *call);
void lc__sdpa_pack(const lc__call *call, const float *weights, void *packed);

#endif
