/* What the host hands to every kernel of cuda_kernels.cu: one structure for all, compiled by both
 * sides. A kernel reads the fields that it has a use for. */
#ifndef BACKENDS_CUDA_ARGS_H
#define BACKENDS_CUDA_ARGS_H

typedef struct lc__cuda_args {
    const float *x, *x2; /* inputs */
    const float *w, *b;  /* weights as packed, biases or NULL */
    float *y;            /* output */
    int n, h, width, c;  /* shape of x */
    int oh, ow, oc;      /* of y */
    int kh, kw, sh, sw, ph, pw, groups;
    int act;                  /* lc_act */
    int rows, columns, inner; /* of a matrix product; rows and columns of a normalisation */
    int lda, ldb, ldc;        /* elements from row to row */
    int transpose_b;
    long long stride_a, stride_b, stride_c; /* elements from matrix to matrix of a batch */
    int offset;                             /* first channel of a concatenation */
    float scale;                            /* of scores */
} lc__cuda_args;

#endif
