/* Products of two activation matrices, where B must be packed at run time. */
#ifndef KERNELS_PRODUCT_H
#define KERNELS_PRODUCT_H

#include "kernels/kernel.h"

/* C[rows, columns] = A[rows, depth] * B. B is [depth, columns], or [columns, depth] with
 * transpose_b. Strides are in floats from row to row. */
typedef struct lc__product {
    size_t rows, depth, columns;
    const float *a, *b;
    float *c;
    size_t a_stride, b_stride, c_stride;
    bool transpose_b;
} lc__product;

/* Computes one product on the whole team. `scratch` has lc__product_scratch() floats. */
typedef void lc__product_fn(const lc__product *product, float *scratch, lc__team *team);
lc__product_fn lc__product_run;

size_t lc__product_scratch(size_t depth, size_t columns);

/* The matmul operator by any product function. */
void lc__matmul_run(const lc__call *call, lc__product_fn *product);

#endif
