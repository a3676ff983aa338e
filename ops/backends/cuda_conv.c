/* Convolutions, by what is best for each: cuDNN, cuBLAS where it is one matrix product, or a kernel
 * of our own, which shift and adder convolutions always are. */
#include <stdlib.h>
#include <string.h>

#include "cuda_net.h"
#include "kernels/kernel.h"
#include "kernels/term.h"

#define TILE 64u /* of cuda_kernels.cu */

static lc__term term_of(lc_op_type type) {
    return type == LC_OP_SHIFT_CONV2D   ? LC__TERM_SHIFT
           : type == LC_OP_ADDER_CONV2D ? LC__TERM_ADDER
                                        : LC__TERM_MULTIPLY;
}

static bool is_depthwise(const lc_op *op, lc_shape in) {
    lc__call call = {.op = *op, .in_shape = {in}};
    return lc__is_depthwise(&call);
}

/* [group][out][depth] to [group][depth][out], each weight as its term wants it. A depthwise one is
 * of a single output a group, all of whose depths stand side by side: [depth][group]. */
static void pack(const lc_op *op, size_t depth, bool depthwise, const float *weights, float *to) {
    lc__term term = term_of(op->type);
    size_t groups = (size_t)op->groups, outputs = (size_t)op->out_channels / groups;
    for (size_t g = 0; g < groups; g++) {
        for (size_t o = 0; o < outputs; o++) {
            for (size_t k = 0; k < depth; k++) {
                float w = lc__term_weight(term, *weights++);
                to[depthwise ? k * groups + g : (g * depth + k) * outputs + o] = w;
            }
        }
    }
}

static lc_status add_own(lc__cuda_net *g, const lc_node *node, lc_shape in,
                         const lc__cuda_args *args) {
    static const lc__cuda_kernel dense[] = {[LC__TERM_MULTIPLY] = LC__CUDA_conv_multiply,
                                            [LC__TERM_SHIFT] = LC__CUDA_conv_shift,
                                            [LC__TERM_ADDER] = LC__CUDA_conv_adder};
    static const lc__cuda_kernel depthwise[] = {[LC__TERM_MULTIPLY] = LC__CUDA_depthwise_multiply,
                                                [LC__TERM_SHIFT] = LC__CUDA_depthwise_shift,
                                                [LC__TERM_ADDER] = LC__CUDA_depthwise_adder};
    lc__term term = term_of(node->op.type);
    if (is_depthwise(&node->op, in)) {
        return lc__cuda_each(g, depthwise[term], args, (double)lc_shape_count(node->shape));
    }
    size_t pixels = (size_t)lc_shape_count(node->shape) / (size_t)node->shape.c;
    unsigned outputs = (unsigned)(node->shape.c / node->op.groups);
    return lc__cuda_tiles(g, dense[term], args,
                          (const unsigned[]){(unsigned)((pixels + TILE - 1) / TILE),
                                             (outputs + TILE - 1) / TILE,
                                             (unsigned)node->op.groups});
}

/* Bias and activation after a library's part, in place. */
static lc_status add_rest(lc__cuda_net *g, const lc_node *node, const lc__cuda_args *args) {
    return lc__cuda_activate(g, args->y, args->b, (lc_act)args->act,
                             (int)(lc_shape_count(node->shape) / node->shape.c), node->shape.c);
}

static bool is_product(const lc_op *op) {
    return op->kernel_h == 1 && op->kernel_w == 1 && op->stride_h == 1 && op->stride_w == 1 &&
           op->pad_h == 0 && op->pad_w == 0 && op->groups == 1;
}

/* A multiplying convolution by a library; *taken is false where none takes it. */
static lc_status add_library(lc__cuda_net *g, const lc_node *node, lc_shape in,
                             const float *weights, size_t count, const lc__cuda_args *args,
                             bool *taken) {
    uint64_t at = 0;
    bool product = is_product(&node->op) && g->cuda->blas_handle != NULL;
    *taken = false;
    if (node->op.type != LC_OP_CONV2D || (!product && g->cuda->dnn_handle == NULL)) {
        return LC_OK;
    }
    lc_status s = lc__cuda_put(g, weights, count, &at);
    if (s != LC_OK || product) {
        *taken = true;
        if (s == LC_OK) {
            s = lc__cuda_dense(g, args->x, at, args->y, args->rows, in.c, node->shape.c);
        }
        return s != LC_OK ? s : add_rest(g, node, args);
    }
    s = lc__cuda_dnn_conv(g, node, in, at, taken);
    return s != LC_OK || !*taken ? s : add_rest(g, node, args);
}

static lc_status build(lc__cuda_net *g, const lc_node *node, lc_shape in, const float *weights,
                       float *packed) {
    const lc_op *op = &node->op;
    lc__cuda_args args = lc__cuda_args_of(g, node);
    size_t depth = (size_t)op->kernel_h * (size_t)op->kernel_w * (size_t)(in.c / op->groups);
    size_t outputs = (size_t)op->out_channels, count = depth * outputs;
    uint64_t at = 0;
    bool taken = false;
    lc_status s = LC_OK;
    if (op->bias) {
        s = lc__cuda_put(g, weights + count, outputs, &at);
        args.b = lc__cuda_at(at);
    }
    if (s == LC_OK) {
        s = add_library(g, node, in, weights, count, &args, &taken);
    }
    if (s != LC_OK || taken) {
        return s;
    }
    pack(op, depth, is_depthwise(op, in), weights, packed);
    s = lc__cuda_put(g, packed, count, &at);
    args.w = lc__cuda_at(at);
    return s != LC_OK ? s : add_own(g, node, in, &args);
}

lc_status lc__cuda_convolution(lc__cuda_net *g, const lc_node *node) {
    lc_shape in = lc_net_node(g->net, node->inputs[0])->shape;
    size_t count = (size_t)lc_op_weight_count(&node->op, in);
    float *weights = NULL, *packed = malloc((count + 1) * sizeof *packed);
    if (packed == NULL) {
        lc_error_set(g->err, LC_ENOMEM, "node %s: no memory for weights", node->id);
        return LC_ENOMEM;
    }
    lc_status s = lc__cuda_weights(g, node, &weights);
    if (s == LC_OK) {
        s = build(g, node, in, weights, packed);
    }
    free(weights);
    free(packed);
    return s;
}
