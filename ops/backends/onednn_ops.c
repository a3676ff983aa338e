/* Operators on images: convolution, pooling, elementwise, concat, shuffle. */
#include <stdlib.h>
#include <string.h>

#include "onednn_graph.h"

static const dnnl_memory_desc_t *md_of(const lc__dn_graph *g, dnnl_primitive_desc_t pd,
                                       dnnl_query_t what) {
    return g->dn->primitive_desc_query_md(pd, what, 0);
}

/* --- convolution ---------------------------------------------------------------------------- */

/* Weights as lc__weights_draw() lays them out, [g][out][h][w][in], under oneDNN's dimensions. */
static lc_status conv_weights_md(lc__dn_graph *g, const lc_op *op, int64_t in_channels, bool any,
                                 dnnl_memory_desc_t *md) {
    int64_t groups = op->groups, out = op->out_channels / groups, in = in_channels / groups;
    if (groups == 1) {
        return lc__dn_md(g, 4, (dnnl_dims_t){out, in, op->kernel_h, op->kernel_w},
                         any ? dnnl_format_tag_any : dnnl_ohwi, md);
    }
    return lc__dn_md(g, 5, (dnnl_dims_t){groups, out, in, op->kernel_h, op->kernel_w},
                     any ? dnnl_format_tag_any : dnnl_gohwi, md);
}

/* Padding at the far side: oneDNN wants the size to come out exactly as the floor does. */
static void far_padding(const lc_op *op, lc_shape in, lc_shape out, dnnl_dims_t pad) {
    pad[0] = (int64_t)(out.h - 1) * op->stride_h + op->kernel_h - in.h - op->pad_h;
    pad[1] = (int64_t)(out.w - 1) * op->stride_w + op->kernel_w - in.w - op->pad_w;
}

static lc_status describe_conv(lc__dn_graph *g, const lc_node *node, lc_shape in,
                               const dnnl_memory_desc_t *bias, dnnl_primitive_desc_t *pd) {
    const lc_op *op = &node->op;
    const lc__dn_fusion *f = &g->fused[g->node];
    const lc__dn_epilogue end = {.sum = f->addend >= 0, .act = f->act};
    dnnl_memory_desc_t src, weights, dst;
    dnnl_convolution_desc_t desc;
    dnnl_dims_t strides = {op->stride_h, op->stride_w}, near = {op->pad_h, op->pad_w}, far;
    far_padding(op, in, node->shape, far);
    LC__TRY(lc__dn_tensor_md(g, in, dnnl_format_tag_any, &src));
    LC__TRY(lc__dn_tensor_md(g, node->shape, dnnl_format_tag_any, &dst));
    LC__TRY(conv_weights_md(g, op, in.c, true, &weights));
    LC__DN_TRY(g, "description",
               g->dn->convolution_forward_desc_init(
                   &desc, dnnl_forward_inference, dnnl_convolution_direct, &src, &weights,
                   op->bias ? bias : NULL, &dst, strides, near, far));
    return lc__dn_describe(g, &desc, &end, pd);
}

static lc_status conv_constants(lc__dn_graph *g, const lc_op *op, lc_shape in,
                                const dnnl_memory_desc_t *wanted, const dnnl_memory_desc_t *bias,
                                int *weights_buffer, int *bias_buffer) {
    dnnl_memory_desc_t plain;
    LC__TRY(conv_weights_md(g, op, in.c, false, &plain));
    float *weights = NULL;
    LC__TRY(lc__dn_weights(g, &weights));
    size_t count = (size_t)op->out_channels * (size_t)(in.c / op->groups) * (size_t)op->kernel_h *
                   (size_t)op->kernel_w;
    lc_status status = lc__dn_constant(g, &plain, weights, wanted, weights_buffer);
    if (status == LC_OK && op->bias) {
        status = lc__dn_constant(g, bias, weights + count, bias, bias_buffer);
    }
    free(weights);
    return status;
}

static lc_status conv_step(lc__dn_graph *g, const lc_node *node, lc_shape in,
                           const dnnl_memory_desc_t *bias, dnnl_primitive_desc_t pd,
                           lc__dn_use uses[4], int *n_uses) {
    const dnnl_memory_desc_t *src = md_of(g, pd, dnnl_query_src_md);
    const dnnl_memory_desc_t *weights = md_of(g, pd, dnnl_query_weights_md);
    const dnnl_memory_desc_t *dst = md_of(g, pd, dnnl_query_dst_md);
    int x, w, b = -1, y;
    LC__TRY(conv_constants(g, &node->op, in, weights, bias, &w, &b));
    LC__TRY(lc__dn_as(g, node->inputs[0], src, &x));
    LC__TRY(lc__dn_result(g, dst, &y));
    uses[0] = (lc__dn_use){DNNL_ARG_SRC, x, src, 0};
    uses[1] = (lc__dn_use){DNNL_ARG_WEIGHTS, w, weights, 0};
    uses[2] = (lc__dn_use){DNNL_ARG_DST, y, dst, 0};
    uses[3] = (lc__dn_use){DNNL_ARG_BIAS, b, bias, 0};
    *n_uses = node->op.bias ? 4 : 3;
    return LC_OK;
}

lc_status lc__dn_conv2d(lc__dn_graph *g, const lc_node *node) {
    lc_shape in = lc_net_node(g->net, node->inputs[0])->shape;
    dnnl_memory_desc_t bias;
    dnnl_primitive_desc_t pd = NULL;
    LC__TRY(lc__dn_md(g, 1, (dnnl_dims_t){node->op.out_channels}, dnnl_a, &bias));
    LC__TRY(describe_conv(g, node, in, &bias, &pd));
    int addend = g->fused[g->node].addend;
    if (addend >= 0 &&
        !g->dn->memory_desc_equal(md_of(g, pd, dnnl_query_dst_md), &g->tensors[addend].md)) {
        g->dn->primitive_desc_destroy(pd);
        lc__dn_leave_add(g);
        LC__TRY(describe_conv(g, node, in, &bias, &pd));
    }
    lc__dn_use uses[4];
    int n_uses = 0;
    lc_status status = conv_step(g, node, in, &bias, pd, uses, &n_uses);
    if (status != LC_OK) {
        g->dn->primitive_desc_destroy(pd);
        return status;
    }
    return lc__dn_step_add(g, pd, uses, n_uses);
}

/* --- one input, one output, the layout kept -------------------------------------------------- */

/* Appends a primitive of operation `desc` that reads `x` and makes a new buffer. */
static lc_status unary(lc__dn_graph *g, const_dnnl_op_desc_t desc, const lc__dn_tensor *x,
                       dnnl_memory_desc_t *md, int *buffer) {
    dnnl_primitive_desc_t pd = NULL;
    LC__TRY(lc__dn_describe(g, desc, &(lc__dn_epilogue){0}, &pd));
    *md = *md_of(g, pd, dnnl_query_dst_md);
    lc_status status = lc__dn_buffer_new(g, g->dn->memory_desc_get_size(md), buffer);
    if (status != LC_OK) {
        g->dn->primitive_desc_destroy(pd);
        return status;
    }
    const lc__dn_use uses[] = {{DNNL_ARG_SRC, x->buffer, &x->md, 0},
                               {DNNL_ARG_DST, *buffer, md, 0}};
    return lc__dn_step_add(g, pd, uses, 2);
}

/* The same; the buffer is the node's result. */
static lc_status unary_result(lc__dn_graph *g, const_dnnl_op_desc_t desc, const lc__dn_tensor *x) {
    lc__dn_tensor made = {.other_buffer = -1};
    LC__TRY(unary(g, desc, x, &made.md, &made.buffer));
    g->tensors[g->node] = made;
    return LC_OK;
}

lc_status lc__dn_pool_to(lc__dn_graph *g, const lc_op *op, const lc__dn_tensor *x, lc_shape in,
                         lc_shape out, dnnl_memory_desc_t *md, int *buffer) {
    dnnl_memory_desc_t dst;
    dnnl_pooling_desc_t desc;
    dnnl_dims_t strides = {op->stride_h, op->stride_w}, kernel = {op->kernel_h, op->kernel_w};
    dnnl_dims_t near = {op->pad_h, op->pad_w}, far;
    dnnl_alg_kind_t alg =
        op->type == LC_OP_MAX_POOL ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding;
    far_padding(op, in, out, far);
    LC__TRY(lc__dn_tensor_md(g, out, dnnl_format_tag_any, &dst));
    LC__DN_TRY(g, "description",
               g->dn->pooling_forward_desc_init(&desc, dnnl_forward_inference, alg, &x->md, &dst,
                                                strides, kernel, near, far));
    return unary(g, &desc, x, md, buffer);
}

static lc_status pool_over(lc__dn_graph *g, const lc_node *node, const lc_op *op) {
    lc__dn_tensor *x = NULL, made = {.other_buffer = -1};
    LC__TRY(lc__dn_settled(g, node->inputs[0], &x));
    LC__TRY(lc__dn_pool_to(g, op, x, lc_net_node(g->net, node->inputs[0])->shape, node->shape,
                           &made.md, &made.buffer));
    g->tensors[g->node] = made;
    return LC_OK;
}

lc_status lc__dn_pool(lc__dn_graph *g, const lc_node *node) {
    return pool_over(g, node, &node->op);
}

lc_op lc__dn_whole_window(lc_shape in) {
    lc_op op = lc_op_init(LC_OP_AVG_POOL);
    op.kernel_h = in.h;
    op.kernel_w = in.w;
    return op;
}

lc_status lc__dn_global_avg_pool(lc__dn_graph *g, const lc_node *node) {
    lc_op whole = lc__dn_whole_window(lc_net_node(g->net, node->inputs[0])->shape);
    return pool_over(g, node, &whole);
}

static lc_status eltwise(lc__dn_graph *g, const lc__dn_tensor *x, dnnl_alg_kind_t alg, float alpha,
                         float beta) {
    dnnl_eltwise_desc_t desc;
    LC__DN_TRY(
        g, "description",
        g->dn->eltwise_forward_desc_init(&desc, dnnl_forward_inference, alg, &x->md, alpha, beta));
    return unary_result(g, &desc, x);
}

lc_status lc__dn_activation(lc__dn_graph *g, const lc_node *node) {
    lc__dn_tensor *x = NULL;
    LC__TRY(lc__dn_settled(g, node->inputs[0], &x));
    switch (node->op.act) {
    case LC_ACT_RELU:
        return eltwise(g, x, dnnl_eltwise_relu, 0.0F, 0.0F);
    case LC_ACT_RELU6:
        return eltwise(g, x, dnnl_eltwise_clip, 0.0F, 6.0F);
    case LC_ACT_HSIGMOID:
        LC__TRY(eltwise(g, x, dnnl_eltwise_linear, 1.0F / 6.0F, 0.5F));
        return eltwise(g, &g->tensors[g->node], dnnl_eltwise_clip, 0.0F, 1.0F);
    case LC_ACT_HSWISH:
        return eltwise(g, x, dnnl_eltwise_hardswish, 0.0F, 0.0F);
    case LC_ACT_GELU:
        return eltwise(g, x, dnnl_eltwise_gelu_erf, 0.0F, 0.0F);
    case LC_ACT_SIGMOID:
        return eltwise(g, x, dnnl_eltwise_logistic, 0.0F, 0.0F);
    case LC_ACT_NONE:
    case LC_ACT_COUNT:
        break;
    }
    return eltwise(g, x, dnnl_eltwise_linear, 1.0F, 0.0F);
}

/* NAS-Bench-201's own zeros are x * 0. */
lc_status lc__dn_zero(lc__dn_graph *g, const lc_node *node) {
    lc__dn_tensor *x = NULL;
    LC__TRY(lc__dn_settled(g, node->inputs[0], &x));
    return eltwise(g, x, dnnl_eltwise_linear, 0.0F, 0.0F);
}

/* Both view C as a matrix and transpose it; oneDNN asks for the length of its rows. */
lc_status lc__dn_channel_shuffle(lc__dn_graph *g, const lc_node *node) {
    lc__dn_tensor *x = NULL;
    dnnl_shuffle_desc_t desc;
    LC__TRY(lc__dn_settled(g, node->inputs[0], &x));
    LC__DN_TRY(g, "description",
               g->dn->shuffle_forward_desc_init(&desc, dnnl_forward_inference, &x->md, 1,
                                                node->shape.c / node->op.groups));
    return unary_result(g, &desc, x);
}

/* Channels per block of a blocked layout, 0 for one without blocks. */
static int64_t block_of(const dnnl_memory_desc_t *md) {
    const dnnl_blocking_desc_t *b = &md->format_desc.blocking;
    return b->inner_nblks == 1 && b->inner_idxs[0] == 1 ? b->inner_blks[0] : 0;
}

/* --- several inputs ------------------------------------------------------------------------- */

bool lc__dn_is_gate(lc_shape gate, lc_shape whole) {
    return gate.h == 1 && gate.w == 1 && (whole.h != 1 || whole.w != 1);
}

lc_status lc__dn_gate_md(lc__dn_graph *g, lc_shape gate, const dnnl_memory_desc_t *whole_md,
                         dnnl_memory_desc_t *md) {
    int64_t block = block_of(whole_md);
    dnnl_format_tag_t tag = block == 16 ? dnnl_nChw16c : block == 8 ? dnnl_nChw8c : dnnl_nhwc;
    return lc__dn_tensor_md(g, gate, tag, md);
}

lc_status lc__dn_binary(lc__dn_graph *g, dnnl_alg_kind_t alg, const lc__dn_tensor *a, int b,
                        const dnnl_memory_desc_t *b_md, int result, lc_act act) {
    dnnl_binary_desc_t desc;
    dnnl_primitive_desc_t pd = NULL;
    LC__DN_TRY(g, "description", g->dn->binary_desc_init(&desc, alg, &a->md, b_md, &a->md));
    LC__TRY(lc__dn_describe(g, &desc, &(lc__dn_epilogue){.act = act}, &pd));
    const lc__dn_use uses[] = {{DNNL_ARG_SRC_0, a->buffer, &a->md, 0},
                               {DNNL_ARG_SRC_1, b, b_md, 0},
                               {DNNL_ARG_DST, result, &a->md, 0}};
    return lc__dn_step_add(g, pd, uses, 3);
}

/* result = a op input number i of the node. */
static lc_status take_input(lc__dn_graph *g, const lc_node *node, const lc__dn_tensor *a, int i,
                            int result, lc_act act) {
    lc_shape shape = lc_net_node(g->net, node->inputs[i])->shape;
    dnnl_alg_kind_t alg = node->op.type == LC_OP_ADD ? dnnl_binary_add : dnnl_binary_mul;
    dnnl_memory_desc_t md = a->md;
    int b;
    if (lc__dn_is_gate(shape, node->shape)) {
        LC__TRY(lc__dn_gate_md(g, shape, &a->md, &md));
    }
    LC__TRY(lc__dn_as(g, node->inputs[i], &md, &b));
    return lc__dn_binary(g, alg, a, b, &md, result, act);
}

/* The layout of an add or mul: the one that all inputs have already, or NHWC where they differ.
 * Open inputs of the net and gates follow. */
static lc_status combined_md(lc__dn_graph *g, const lc_node *node, dnnl_memory_desc_t *md) {
    const dnnl_memory_desc_t *common = NULL;
    bool differ = false;
    for (int i = 0; i < node->n_inputs; i++) {
        const lc__dn_tensor *x = &g->tensors[node->inputs[i]];
        bool gate = lc__dn_is_gate(lc_net_node(g->net, node->inputs[i])->shape, node->shape);
        if (x->open || gate) {
            continue;
        }
        differ = differ || (common != NULL && !g->dn->memory_desc_equal(common, &x->md));
        common = &x->md;
    }
    if (common == NULL || differ) {
        return lc__dn_tensor_md(g, node->shape, dnnl_nhwc, md);
    }
    *md = *common;
    return LC_OK;
}

/* add and mul: the first two inputs make the result, further ones are taken into it in place. */
lc_status lc__dn_combine(lc__dn_graph *g, const lc_node *node) {
    lc__dn_tensor a = {.other_buffer = -1};
    int y;
    LC__TRY(combined_md(g, node, &a.md));
    LC__TRY(lc__dn_as(g, node->inputs[0], &a.md, &a.buffer));
    LC__TRY(lc__dn_result(g, &a.md, &y));
    for (int i = 1; i < node->n_inputs; i++) {
        lc_act act = i + 1 == node->n_inputs ? g->fused[g->node].act : LC_ACT_NONE;
        LC__TRY(take_input(g, node, &a, i, y, act));
        a.buffer = y;
    }
    return LC_OK;
}

/* Blocked inputs are joined block by block where each fills whole blocks of one size; else all are
 * brought to NHWC. */
static lc_status concat_layout(lc__dn_graph *g, const lc_node *node, dnnl_format_tag_t *tag) {
    int64_t block = 0;
    *tag = dnnl_nhwc;
    for (int i = 0; i < node->n_inputs; i++) {
        lc__dn_tensor *x = NULL;
        LC__TRY(lc__dn_settled(g, node->inputs[i], &x));
        int64_t own = block_of(&x->md);
        if (own == 0 || x->md.dims[1] % own != 0 || (i > 0 && own != block)) {
            return LC_OK;
        }
        block = own;
    }
    *tag = block == 16 ? dnnl_nChw16c : block == 8 ? dnnl_nChw8c : dnnl_nhwc;
    return LC_OK;
}

lc_status lc__dn_concat(lc__dn_graph *g, const lc_node *node) {
    dnnl_memory_desc_t src[LC_OP_MAX_INPUTS], dst;
    lc__dn_use uses[LC_OP_MAX_INPUTS + 1];
    dnnl_format_tag_t tag;
    int n = node->n_inputs, y;
    LC__TRY(concat_layout(g, node, &tag));
    for (int i = 0; i < n; i++) {
        int x;
        LC__TRY(lc__dn_tensor_md(g, lc_net_node(g->net, node->inputs[i])->shape, tag, &src[i]));
        LC__TRY(lc__dn_as(g, node->inputs[i], &src[i], &x));
        uses[i] = (lc__dn_use){DNNL_ARG_MULTIPLE_SRC + i, x, &src[i], 0};
    }
    LC__TRY(lc__dn_tensor_md(g, node->shape, tag, &dst));
    LC__TRY(lc__dn_result(g, &dst, &y));
    uses[n] = (lc__dn_use){DNNL_ARG_DST, y, &dst, 0};
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    LC__TRY(lc__dn_attr(g, &(lc__dn_epilogue){0}, &attr));
    dnnl_status_t made = g->dn->concat_primitive_desc_create(&pd, &dst, n, 1, src, attr, g->engine);
    g->dn->primitive_attr_destroy(attr);
    LC__DN_TRY(g, "choice of a kernel", made);
    return lc__dn_step_add(g, pd, uses, n + 1);
}
