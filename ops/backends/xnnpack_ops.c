/* Operators as nodes of a subgraph. */
#include <math.h>

#include "xnnpack_graph.h"

static lc_shape shape_of_input(const lc__xn_graph *g, const lc_node *node, int i) {
    return lc_net_node(g->net, node->inputs[i])->shape;
}

/* --- activations ---------------------------------------------------------------------------- */

/* What a node clamps its output to; true where that is all of `act`. */
static bool clamps(lc_act act, float *low, float *high) {
    *low = act == LC_ACT_RELU || act == LC_ACT_RELU6 ? 0.0F : -INFINITY;
    *high = act == LC_ACT_RELU6 ? 6.0F : INFINITY;
    return act == LC_ACT_NONE || act == LC_ACT_RELU || act == LC_ACT_RELU6;
}

/* A number to combine with a tensor. */
static lc_status scalar(lc__xn_graph *g, float value, uint32_t *id) {
    void *data = NULL;
    LC__TRY(lc__xn_keep(g, sizeof(float), &data));
    *(float *)data = value;
    return lc__xn_constant(g, 1, (const size_t[]){1}, data, id);
}

/* There is no such node: min(max(x + 3, 0), 6) / 6. */
static lc_status hsigmoid(lc__xn_graph *g, uint32_t x, lc_shape shape, uint32_t y) {
    uint32_t three, sixth, sum;
    LC__TRY(scalar(g, 3.0F, &three));
    LC__TRY(scalar(g, 1.0F / 6.0F, &sixth));
    LC__TRY(lc__xn_between(g, shape, &sum));
    LC__XN_TRY(g, "node", g->xn->define_add2(g->subgraph, 0.0F, 6.0F, x, three, sum, 0));
    LC__XN_TRY(g, "node",
               g->xn->define_multiply2(g->subgraph, -INFINITY, INFINITY, sum, sixth, y, 0));
    return LC_OK;
}

static lc_status activate(lc__xn_graph *g, lc_act act, uint32_t x, lc_shape shape, uint32_t y) {
    float low, high;
    if (clamps(act, &low, &high)) {
        LC__XN_TRY(g, "node", g->xn->define_clamp(g->subgraph, low, high, x, y, 0));
    } else if (act == LC_ACT_HSWISH) {
        LC__XN_TRY(g, "node", g->xn->define_hardswish(g->subgraph, x, y, 0));
    } else if (act == LC_ACT_SIGMOID) {
        LC__XN_TRY(g, "node", g->xn->define_sigmoid(g->subgraph, x, y, 0));
    } else if (act == LC_ACT_HSIGMOID) {
        return hsigmoid(g, x, shape, y);
    } else {
        return lc_error_set(g->err, LC_EUNSUPPORTED,
                            "node %s (%s): backend xnnpack has no activation %s; use backend "
                            "native",
                            lc_net_node(g->net, g->node)->id,
                            lc_op_type_name(lc_net_node(g->net, g->node)->op.type),
                            lc_act_name(act));
    }
    return LC_OK;
}

/* Where a node with activation `act` writes to: `y`, or a tensor before it for the activations that
 * are nodes of their own. */
typedef struct target {
    float low, high;
    uint32_t id, y;
    lc_shape shape;
    lc_act act;
    bool fused;
} target;

static lc_status target_for(lc__xn_graph *g, lc_act act, lc_shape shape, uint32_t y, target *t) {
    *t = (target){.id = y, .y = y, .shape = shape, .act = act};
    t->fused = clamps(act, &t->low, &t->high);
    return t->fused ? LC_OK : lc__xn_between(g, shape, &t->id);
}

/* The target that is the result of the node being built. */
static lc_status target_result(lc__xn_graph *g, const lc_node *node, target *t) {
    uint32_t y;
    LC__TRY(lc__xn_result(g, &y));
    return target_for(g, node->op.act, node->shape, y, t);
}

static lc_status reach(lc__xn_graph *g, const target *t) {
    return t->fused ? LC_OK : activate(g, t->act, t->id, t->shape, t->y);
}

lc_status lc__xn_activation(lc__xn_graph *g, const lc_node *node) {
    uint32_t x, y;
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(lc__xn_result(g, &y));
    return activate(g, node->op.act, x, node->shape, y);
}

/* --- convolution ---------------------------------------------------------------------------- */

/* [channel][tap] to [tap][channel]. */
static lc_status depthwise_filter(lc__xn_graph *g, const lc_op *op, const float *weights,
                                  uint32_t *id) {
    size_t taps = (size_t)op->kernel_h * (size_t)op->kernel_w, c = (size_t)op->out_channels;
    const size_t dims[] = {1, (size_t)op->kernel_h, (size_t)op->kernel_w, c};
    void *data = NULL;
    LC__TRY(lc__xn_keep(g, taps * c * sizeof(float), &data));
    float *to = data;
    for (size_t tap = 0; tap < taps; tap++) {
        for (size_t i = 0; i < c; i++) {
            *to++ = weights[i * taps + tap];
        }
    }
    return lc__xn_constant(g, 4, dims, data, id);
}

static lc_status conv_filter(lc__xn_graph *g, const lc_op *op, size_t in_channels,
                             const float *weights, uint32_t *id) {
    const size_t dims[] = {(size_t)op->out_channels, (size_t)op->kernel_h, (size_t)op->kernel_w,
                           in_channels};
    return lc__xn_constant(g, 4, dims, weights, id);
}

static lc_status bias_of(lc__xn_graph *g, bool has, const float *data, size_t n, uint32_t *id) {
    *id = XNN_INVALID_VALUE_ID;
    return has ? lc__xn_constant(g, 1, &n, data, id) : LC_OK;
}

static lc_status depthwise(lc__xn_graph *g, const lc_op *op, uint32_t x, uint32_t bias,
                           const float *weights, const target *t) {
    uint32_t filter;
    uint32_t pad_h = (uint32_t)op->pad_h, pad_w = (uint32_t)op->pad_w;
    LC__TRY(depthwise_filter(g, op, weights, &filter));
    LC__XN_TRY(g, "node",
               g->xn->define_depthwise_convolution_2d(
                   g->subgraph, pad_h, pad_w, pad_h, pad_w, (uint32_t)op->kernel_h,
                   (uint32_t)op->kernel_w, (uint32_t)op->stride_h, (uint32_t)op->stride_w, 1, 1,
                   (uint32_t)(op->out_channels / op->groups), (size_t)op->groups, t->low, t->high,
                   x, filter, bias, t->id, 0));
    return LC_OK;
}

static lc_status dense_conv(lc__xn_graph *g, const lc_op *op, size_t in_channels, uint32_t x,
                            uint32_t bias, const float *weights, const target *t) {
    uint32_t filter;
    uint32_t pad_h = (uint32_t)op->pad_h, pad_w = (uint32_t)op->pad_w;
    LC__TRY(conv_filter(g, op, in_channels, weights, &filter));
    LC__XN_TRY(g, "node",
               g->xn->define_convolution_2d(
                   g->subgraph, pad_h, pad_w, pad_h, pad_w, (uint32_t)op->kernel_h,
                   (uint32_t)op->kernel_w, (uint32_t)op->stride_h, (uint32_t)op->stride_w, 1, 1,
                   (uint32_t)op->groups, in_channels, (size_t)(op->out_channels / op->groups),
                   t->low, t->high, x, filter, bias, t->id, 0));
    return LC_OK;
}

lc_status lc__xn_conv2d(lc__xn_graph *g, const lc_node *node) {
    const lc_op *op = &node->op;
    size_t in_channels = (size_t)(shape_of_input(g, node, 0).c / op->groups);
    size_t out = (size_t)op->out_channels;
    size_t count = out * in_channels * (size_t)op->kernel_h * (size_t)op->kernel_w;
    float *weights = NULL;
    uint32_t x, bias;
    target t;
    LC__TRY(lc__xn_weights(g, &weights));
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(bias_of(g, op->bias, weights + count, out, &bias));
    LC__TRY(target_result(g, node, &t));
    if (in_channels == 1 && op->groups > 1) {
        LC__TRY(depthwise(g, op, x, bias, weights, &t));
    } else {
        LC__TRY(dense_conv(g, op, in_channels, x, bias, weights, &t));
    }
    return reach(g, &t);
}

/* --- dense layers --------------------------------------------------------------------------- */

/* Weights [out][in], then bias[out] if there is one. */
static lc_status dense(lc__xn_graph *g, uint32_t x, size_t in, size_t out, const float *weights,
                       bool has_bias, const target *t) {
    uint32_t filter, bias;
    LC__TRY(lc__xn_constant(g, 2, (const size_t[]){out, in}, weights, &filter));
    LC__TRY(bias_of(g, has_bias, weights + in * out, out, &bias));
    LC__XN_TRY(
        g, "node",
        g->xn->define_fully_connected(g->subgraph, t->low, t->high, x, filter, bias, t->id, 0));
    return reach(g, t);
}

lc_status lc__xn_linear(lc__xn_graph *g, const lc_node *node) {
    float *weights = NULL;
    uint32_t x;
    target t;
    LC__TRY(lc__xn_weights(g, &weights));
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(target_result(g, node, &t));
    return dense(g, x, (size_t)shape_of_input(g, node, 0).c, (size_t)node->op.out_channels, weights,
                 node->op.bias, &t);
}

static lc_status mean(lc__xn_graph *g, uint32_t x, uint32_t y) {
    LC__XN_TRY(g, "node",
               g->xn->define_global_average_pooling_2d(g->subgraph, -INFINITY, INFINITY, x, y, 0));
    return LC_OK;
}

/* Means, two dense layers on them, a product. */
lc_status lc__xn_squeeze_excite(lc__xn_graph *g, const lc_node *node) {
    lc_shape gate = {node->shape.n, 1, 1, node->shape.c}, middle = gate;
    size_t c = (size_t)gate.c, s = (size_t)node->op.squeeze;
    float *weights = NULL;
    uint32_t x, y, means, squeezed, gates;
    target first, second;
    middle.c = node->op.squeeze;
    LC__TRY(lc__xn_weights(g, &weights));
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(lc__xn_between(g, gate, &means));
    LC__TRY(lc__xn_between(g, middle, &squeezed));
    LC__TRY(lc__xn_between(g, gate, &gates));
    LC__TRY(target_for(g, LC_ACT_RELU, middle, squeezed, &first));
    LC__TRY(target_for(g, node->op.act, gate, gates, &second));
    LC__TRY(mean(g, x, means));
    LC__TRY(dense(g, means, c, s, weights, true, &first));
    LC__TRY(dense(g, squeezed, s, c, weights + (c + 1) * s, true, &second));
    LC__TRY(lc__xn_result(g, &y));
    LC__XN_TRY(g, "node",
               g->xn->define_multiply2(g->subgraph, -INFINITY, INFINITY, x, gates, y, 0));
    return LC_OK;
}

/* --- pools ---------------------------------------------------------------------------------- */

lc_status lc__xn_pool(lc__xn_graph *g, const lc_node *node) {
    const lc_op *op = &node->op;
    if (op->kernel_h * op->kernel_w == 1) {
        return lc_error_set(g->err, LC_EUNSUPPORTED,
                            "node %s: backend xnnpack has no %s over a window of one; use backend "
                            "native",
                            node->id, lc_op_type_name(op->type));
    }
    uint32_t x, y, pad_h = (uint32_t)op->pad_h, pad_w = (uint32_t)op->pad_w;
    uint32_t h = (uint32_t)op->kernel_h, w = (uint32_t)op->kernel_w;
    uint32_t stride_h = (uint32_t)op->stride_h, stride_w = (uint32_t)op->stride_w;
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(lc__xn_result(g, &y));
    if (op->type == LC_OP_MAX_POOL) {
        LC__XN_TRY(g, "node",
                   g->xn->define_max_pooling_2d(g->subgraph, pad_h, pad_w, pad_h, pad_w, h, w,
                                                stride_h, stride_w, 1, 1, -INFINITY, INFINITY, x, y,
                                                0));
    } else {
        LC__XN_TRY(g, "node",
                   g->xn->define_average_pooling_2d(g->subgraph, pad_h, pad_w, pad_h, pad_w, h, w,
                                                    stride_h, stride_w, -INFINITY, INFINITY, x, y,
                                                    0));
    }
    return LC_OK;
}

lc_status lc__xn_global_avg_pool(lc__xn_graph *g, const lc_node *node) {
    uint32_t x, y;
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(lc__xn_result(g, &y));
    return mean(g, x, y);
}

/* --- element by element --------------------------------------------------------------------- */

static lc_status combine(lc__xn_graph *g, lc_op_type type, uint32_t a, uint32_t b,
                         const target *t) {
    if (type == LC_OP_ADD) {
        LC__XN_TRY(g, "node", g->xn->define_add2(g->subgraph, t->low, t->high, a, b, t->id, 0));
    } else {
        LC__XN_TRY(g, "node",
                   g->xn->define_multiply2(g->subgraph, t->low, t->high, a, b, t->id, 0));
    }
    return LC_OK;
}

/* add and mul: two at a time. */
lc_status lc__xn_combine(lc__xn_graph *g, const lc_node *node) {
    uint32_t a, b;
    LC__TRY(lc__xn_value(g, node->inputs[0], &a));
    for (int i = 1; i < node->n_inputs; i++) {
        target t;
        LC__TRY(lc__xn_value(g, node->inputs[i], &b));
        if (i + 1 == node->n_inputs) {
            LC__TRY(target_result(g, node, &t));
        } else {
            uint32_t partial;
            LC__TRY(lc__xn_between(g, node->shape, &partial));
            LC__TRY(target_for(g, LC_ACT_NONE, node->shape, partial, &t));
        }
        LC__TRY(combine(g, node->op.type, a, b, &t));
        LC__TRY(reach(g, &t));
        a = t.y;
    }
    return LC_OK;
}

lc_status lc__xn_softmax(lc__xn_graph *g, const lc_node *node) {
    uint32_t x, y;
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(lc__xn_result(g, &y));
    LC__XN_TRY(g, "node", g->xn->define_softmax(g->subgraph, x, y, 0));
    return LC_OK;
}

/* NAS-Bench-201's own zeros are x * 0. */
lc_status lc__xn_zero(lc__xn_graph *g, const lc_node *node) {
    uint32_t x, y, nothing;
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(lc__xn_result(g, &y));
    LC__TRY(scalar(g, 0.0F, &nothing));
    LC__XN_TRY(g, "node",
               g->xn->define_multiply2(g->subgraph, -INFINITY, INFINITY, x, nothing, y, 0));
    return LC_OK;
}
