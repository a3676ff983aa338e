/* A net on the card: buffers, weights, and steps that are launched in order on one stream. */
#ifndef BACKENDS_CUDA_NET_H
#define BACKENDS_CUDA_NET_H

#include "cuda_args.h"
#include "cuda_lib.h"
#include "latcast/net.h"

/* cuDNN's descriptors of a convolution. */
typedef struct lc__cuda_conv {
    void *x, *y, *filter, *conv;
    int algorithm;
    size_t workspace; /* bytes */
} lc__cuda_conv;

struct lc__cuda_net;
struct lc__cuda_step;
typedef lc_status lc__cuda_step_fn(const struct lc__cuda_net *net, const struct lc__cuda_step *step,
                                   lc_error *err);

typedef struct lc__cuda_step {
    lc__cuda_step_fn *run;
    lc__cuda_kernel kernel;
    unsigned grid[3], block;
    lc__cuda_args args;
    int batch; /* of a product */
    lc__cuda_conv conv;
} lc__cuda_step;

typedef struct lc__cuda_net {
    const lc__cuda *cuda;
    const lc_net *net;
    uint64_t seed;
    bool *needed;     /* [nodes] */
    uint64_t *buffer; /* [nodes] output of each on the card, 0 where not needed */
    uint64_t *memory; /* [n_memory] everything allocated on the card */
    size_t n_memory;
    uint64_t workspace; /* of cuDNN, shared by all steps */
    size_t workspace_bytes;
    lc__cuda_step *steps;
    size_t n_steps;
    void *begin, *end; /* events */
    int node;          /* being built */
    lc_error *err;     /* while building */
} lc__cuda_net;

/* ---- building (cuda_net.c) ---- */

/* A buffer of so many floats on the card, freed with the net. */
lc_status lc__cuda_alloc(lc__cuda_net *g, size_t floats, uint64_t *at);

/* The same, filled with data[floats]. */
lc_status lc__cuda_put(lc__cuda_net *g, const float *data, size_t floats, uint64_t *at);

/* Appends a copy of a step. */
lc_status lc__cuda_add_step(lc__cuda_net *g, const lc__cuda_step *step);

/* Appends the launch of a kernel with one thread for each of `elements`. */
lc_status lc__cuda_each(lc__cuda_net *g, lc__cuda_kernel kernel, const lc__cuda_args *args,
                        double elements);

/* Appends the launch of a kernel that fills tiles: a grid of so many blocks. */
lc_status lc__cuda_tiles(lc__cuda_net *g, lc__cuda_kernel kernel, const lc__cuda_args *args,
                         const unsigned grid[3]);

/* Appends y[rows][columns] = scale * x[rows][inner] x2, `batch` times, row-major: by cuBLAS where
 * it is found. Of args: x, x2, y, rows, columns, inner, ld*, stride_*, transpose_b, scale. */
lc_status lc__cuda_product(lc__cuda_net *g, const lc__cuda_args *args, int batch);

/* What kernels ask of a node: its first input and its output, their shapes as images, the input's
 * as rows and columns, too, and its attributes. */
lc__cuda_args lc__cuda_args_of(const lc__cuda_net *g, const lc_node *node);

/* Appends y[rows][out] = x[rows][in] W^T, W[out][in] at `weights`. */
lc_status lc__cuda_dense(lc__cuda_net *g, const float *x, uint64_t weights, float *y, int rows,
                         int in, int out);

/* Appends y = act(y + bias), in place on y[rows][columns]; bias[columns] is on the card, or NULL.
 * Nothing, where there is neither. */
lc_status lc__cuda_activate(lc__cuda_net *g, float *y, const float *bias, lc_act act, int rows,
                            int columns);

/* The card's address of what a node puts out. */
static inline float *lc__cuda_at(uint64_t address) {
    return (float *)(uintptr_t)address;
}

void lc__cuda_release(lc__cuda_net *g);

/* ---- operators (cuda_ops.c, cuda_conv.c) ---- */

typedef lc_status lc__cuda_op_fn(lc__cuda_net *g, const lc_node *node);

/* The builder of an operator; NULL: the backend lacks it. */
lc__cuda_op_fn *lc__cuda_operator(lc_op_type type);

lc__cuda_op_fn lc__cuda_convolution;

/* The node's weights as they are drawn, biases behind them (free()). */
lc_status lc__cuda_weights(const lc__cuda_net *g, const lc_node *node, float **weights);

/* A convolution by cuDNN with weights[out][kh][kw][in / groups] on the card: *taken is false where
 * cuDNN is absent or has no algorithm for it. Bias and activation are not in it. (cuda_dnn.c) */
lc_status lc__cuda_dnn_conv(lc__cuda_net *g, const lc_node *node, lc_shape in, uint64_t weights,
                            bool *taken);
void lc__cuda_dnn_release(const lc__cuda *cuda, lc__cuda_conv *conv);

#endif
