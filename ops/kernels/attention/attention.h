/* Multi-head self-attention out of projections and products, whoever computes those. */
#ifndef KERNELS_ATTENTION_H
#define KERNELS_ATTENTION_H

#include "kernels/linear/product.h"

enum { LC__ATTENTION_Q, LC__ATTENTION_K, LC__ATTENTION_V, LC__ATTENTION_OUT };

/* y[rows, C] = x[rows, C] W^T + b for projection number `which` of the call. */
typedef void lc__project_fn(const lc__call *call, int which, const float *x, float *y);

/* Bytes of scratch: q, k, v and the heads' results, the scores of one head, and `product_scratch`
 * floats. */
size_t lc__attention_scratch(const lc__call *call, size_t product_scratch);
void lc__attention_run(const lc__call *call, lc__project_fn *project, lc__product_fn *product);

#endif
