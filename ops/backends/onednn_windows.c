/* Operators with windows: convolution and pooling. */
#include <stdlib.h>

#include "onednn_graph.h"

/* Padding at the far side: oneDNN wants the size to come out exactly as the floor does. */
static void far_padding(const lc_op *op, lc_shape in, lc_shape out, dnnl_dims_t pad) {
    pad[0] = (int64_t)(out.h - 1) * op->stride_h + op->kernel_h - in.h - op->pad_h;
    pad[1] = (int64_t)(out.w - 1) * op->stride_w + op->kernel_w - in.w - op->pad_w;
}

static const dnnl_memory_desc_t *md_of(const lc__dn_graph *g, dnnl_primitive_desc_t pd,
                                       dnnl_query_t what) {
    return g->dn->primitive_desc_query_md(pd, what, 0);
}

/* --- convolution ---------------------------------------------------------------------------- */

/* Weights as lc__weights_draw() lays them out, [g][out][h][w][in], under oneDNN's dimensions. */
static lc_status conv_weights_md(lc__dn_graph *g, const lc_op *op, int64_t in_channels,
                                 dnnl_data_type_t type, bool any, dnnl_memory_desc_t *md) {
    int64_t groups = op->groups, out = op->out_channels / groups, in = in_channels / groups;
    if (groups == 1) {
        return lc__dn_md(g, 4, (dnnl_dims_t){out, in, op->kernel_h, op->kernel_w}, type,
                         any ? dnnl_format_tag_any : dnnl_ohwi, md);
    }
    return lc__dn_md(g, 5, (dnnl_dims_t){groups, out, in, op->kernel_h, op->kernel_w}, type,
                     any ? dnnl_format_tag_any : dnnl_gohwi, md);
}

typedef struct conv {
    const lc_node *node;
    lc_shape in;
    dnnl_memory_desc_t bias;
    lc__dn_weighting weights;
} conv;

static lc_status describe_conv(lc__dn_graph *g, const conv *c, dnnl_primitive_desc_t *pd) {
    const lc_op *op = &c->node->op;
    const lc__dn_fusion *f = &g->fused[g->node];
    const lc__dn_epilogue end = {.scales = c->weights.scales,
                                 .n_scales = c->weights.n_scales,
                                 .sum = f->addend >= 0,
                                 .act = f->act,
                                 .step = lc__dn_unit(g->type)};
    dnnl_memory_desc_t src, weights, dst;
    dnnl_convolution_desc_t desc;
    dnnl_dims_t strides = {op->stride_h, op->stride_w}, near = {op->pad_h, op->pad_w}, far;
    far_padding(op, c->in, c->node->shape, far);
    LC__TRY(lc__dn_tensor_md(g, c->in, dnnl_format_tag_any, &src));
    LC__TRY(lc__dn_tensor_md(g, c->node->shape, dnnl_format_tag_any, &dst));
    LC__TRY(conv_weights_md(g, op, c->in.c, g->type, true, &weights));
    LC__DN_TRY(g, "description",
               g->dn->convolution_forward_desc_init(
                   &desc, dnnl_forward_inference, dnnl_convolution_direct, &src, &weights,
                   op->bias ? &c->bias : NULL, &dst, strides, near, far));
    return lc__dn_describe(g, &desc, &end, pd);
}

/* The addend must lie as the convolution leaves its result; else the add runs by itself. */
static lc_status choose_conv(lc__dn_graph *g, const conv *c, dnnl_primitive_desc_t *pd) {
    LC__TRY(describe_conv(g, c, pd));
    int addend = g->fused[g->node].addend;
    if (addend < 0 ||
        g->dn->memory_desc_equal(md_of(g, *pd, dnnl_query_dst_md), &g->tensors[addend].md)) {
        return LC_OK;
    }
    g->dn->primitive_desc_destroy(*pd);
    *pd = NULL;
    lc__dn_leave_add(g);
    return describe_conv(g, c, pd);
}

static lc_status conv_step(lc__dn_graph *g, const conv *c, dnnl_primitive_desc_t pd,
                           lc__dn_use uses[4]) {
    const dnnl_memory_desc_t *src = md_of(g, pd, dnnl_query_src_md);
    const dnnl_memory_desc_t *weights = md_of(g, pd, dnnl_query_weights_md);
    const dnnl_memory_desc_t *dst = md_of(g, pd, dnnl_query_dst_md);
    dnnl_memory_desc_t plain;
    int x, w, b = -1, y;
    LC__TRY(conv_weights_md(g, &c->node->op, c->in.c, c->weights.type, false, &plain));
    LC__TRY(lc__dn_constant(g, &plain, c->weights.values, weights, &w));
    if (c->weights.bias != NULL) {
        LC__TRY(lc__dn_constant(g, &c->bias, c->weights.bias, &c->bias, &b));
    }
    LC__TRY(lc__dn_as(g, c->node->inputs[0], src, &x));
    LC__TRY(lc__dn_result(g, dst, &y));
    uses[0] = (lc__dn_use){DNNL_ARG_SRC, x, src, 0};
    uses[1] = (lc__dn_use){DNNL_ARG_WEIGHTS, w, weights, 0};
    uses[2] = (lc__dn_use){DNNL_ARG_DST, y, dst, 0};
    uses[3] = (lc__dn_use){DNNL_ARG_BIAS, b, &c->bias, 0};
    return LC_OK;
}

static lc_status build_conv(lc__dn_graph *g, const conv *c) {
    dnnl_primitive_desc_t pd = NULL;
    lc__dn_use uses[4];
    LC__TRY(choose_conv(g, c, &pd));
    lc_status status = conv_step(g, c, pd, uses);
    if (status != LC_OK) {
        g->dn->primitive_desc_destroy(pd);
        return status;
    }
    return lc__dn_step_add(g, pd, uses, c->node->op.bias ? 4 : 3);
}

lc_status lc__dn_conv2d(lc__dn_graph *g, const lc_node *node) {
    conv c = {.node = node, .in = lc_net_node(g->net, node->inputs[0])->shape};
    const lc_op *op = &node->op;
    size_t outputs = (size_t)op->out_channels;
    size_t depth = (size_t)(c.in.c / op->groups) * (size_t)op->kernel_h * (size_t)op->kernel_w;
    float *weights = NULL;
    LC__TRY(lc__dn_md(g, 1, (dnnl_dims_t){op->out_channels}, dnnl_f32, dnnl_a, &c.bias));
    LC__TRY(lc__dn_weights(g, &weights));
    lc_status status = lc__dn_weighting_of(g, weights, op->bias ? weights + outputs * depth : NULL,
                                           outputs, depth, &c.weights);
    if (status == LC_OK) {
        status = build_conv(g, &c);
    }
    free(c.weights.memory);
    free(weights);
    return status;
}

/* --- pooling -------------------------------------------------------------------------------- */

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
    return lc__dn_unary(g, &desc, x, md, buffer);
}

static lc_status pool_over(lc__dn_graph *g, const lc_node *node, const lc_op *op) {
    lc__dn_tensor x, made = {.other_buffer = -1};
    LC__TRY(lc__dn_value(g, node->inputs[0], &x));
    LC__TRY(lc__dn_pool_to(g, op, &x, lc_net_node(g->net, node->inputs[0])->shape, node->shape,
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
