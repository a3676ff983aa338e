/* Operators as nodes of a subgraph. */
#include <math.h>

#include "kernels/quant.h"
#include "xnnpack_graph.h"

static lc_shape shape_of_input(const lc__xn_graph *g, const lc_node *node, int i) {
    return lc_net_node(g->net, node->inputs[i])->shape;
}

/* --- activations ---------------------------------------------------------------------------- */

/* What a node clamps its output to; true where that is all of `act`. */
static bool clamps(const lc__xn_graph *g, lc_act act, float *low, float *high) {
    bool rectifies = act == LC_ACT_RELU || act == LC_ACT_RELU6;
    *low = rectifies                  ? 0.0F
           : g->type == LC_DTYPE_INT8 ? -127.0F * lc__dtype_step(g->type)
                                      : -INFINITY;
    *high = act == LC_ACT_RELU6 ? 6.0F : INFINITY;
    return act == LC_ACT_NONE || rectifies;
}

/* There is no such node: min(max(x + 3, 0), 6) / 6. */
static lc_status hsigmoid(lc__xn_graph *g, uint32_t x, lc_shape shape, uint32_t y) {
    uint32_t three, sixth, sum;
    LC__TRY(lc__xn_scalar(g, 3.0F, &three));
    LC__TRY(lc__xn_scalar(g, 1.0F / 6.0F, &sixth));
    LC__TRY(lc__xn_between(g, g->type, shape, &sum));
    LC__XN_TRY(g, "node", g->xn->define_add2(g->subgraph, 0.0F, 6.0F, x, three, sum, 0));
    LC__XN_TRY(g, "node",
               g->xn->define_multiply2(g->subgraph, -INFINITY, INFINITY, sum, sixth, y, 0));
    return LC_OK;
}

/* Of floats. */
static lc_status activate_floats(lc__xn_graph *g, lc_act act, uint32_t x, lc_shape shape,
                                 uint32_t y) {
    const lc_node *node = lc_net_node(g->net, g->node);
    switch (act) {
    case LC_ACT_HSWISH:
        LC__XN_TRY(g, "node", g->xn->define_hardswish(g->subgraph, x, y, 0));
        return LC_OK;
    case LC_ACT_SIGMOID:
        LC__XN_TRY(g, "node", g->xn->define_sigmoid(g->subgraph, x, y, 0));
        return LC_OK;
    case LC_ACT_HSIGMOID:
        return hsigmoid(g, x, shape, y);
    default:
        return lc_error_set(g->err, LC_EUNSUPPORTED,
                            "node %s (%s): backend xnnpack has no activation %s; use backend "
                            "native",
                            node->id, lc_op_type_name(node->op.type), lc_act_name(act));
    }
}

static lc_status activate(lc__xn_graph *g, lc_act act, uint32_t x, lc_shape shape, uint32_t y) {
    float low, high;
    if (clamps(g, act, &low, &high)) {
        LC__XN_TRY(g, "node", g->xn->define_clamp(g->subgraph, low, high, x, y, 0));
        return LC_OK;
    }
    lc_dtype type = g->type;
    if (type == LC_DTYPE_F32) {
        return activate_floats(g, act, x, shape, y);
    }
    uint32_t from, to;
    LC__TRY(lc__xn_between(g, LC_DTYPE_F32, shape, &from));
    LC__TRY(lc__xn_between(g, LC_DTYPE_F32, shape, &to));
    LC__TRY(lc__xn_convert(g, x, from));
    g->type = LC_DTYPE_F32;
    lc_status status = activate_floats(g, act, from, shape, to);
    g->type = type;
    return status != LC_OK ? status : lc__xn_convert(g, to, y);
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
    t->fused = clamps(g, act, &t->low, &t->high);
    return t->fused ? LC_OK : lc__xn_between(g, g->type, shape, &t->id);
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

static lc_status depthwise(lc__xn_graph *g, const lc_op *op, uint32_t x, const lc__xn_weights *w,
                           const target *t) {
    uint32_t pad_h = (uint32_t)op->pad_h, pad_w = (uint32_t)op->pad_w;
    LC__XN_TRY(g, "node",
               g->xn->define_depthwise_convolution_2d(
                   g->subgraph, pad_h, pad_w, pad_h, pad_w, (uint32_t)op->kernel_h,
                   (uint32_t)op->kernel_w, (uint32_t)op->stride_h, (uint32_t)op->stride_w, 1, 1,
                   (uint32_t)(op->out_channels / op->groups), (size_t)op->groups, t->low, t->high,
                   x, w->filter, w->bias, t->id, 0));
    return LC_OK;
}

static lc_status dense_conv(lc__xn_graph *g, const lc_op *op, size_t in_channels, uint32_t x,
                            const lc__xn_weights *w, const target *t) {
    uint32_t pad_h = (uint32_t)op->pad_h, pad_w = (uint32_t)op->pad_w;
    LC__XN_TRY(g, "node",
               g->xn->define_convolution_2d(
                   g->subgraph, pad_h, pad_w, pad_h, pad_w, (uint32_t)op->kernel_h,
                   (uint32_t)op->kernel_w, (uint32_t)op->stride_h, (uint32_t)op->stride_w, 1, 1,
                   (uint32_t)op->groups, in_channels, (size_t)(op->out_channels / op->groups),
                   t->low, t->high, x, w->filter, w->bias, t->id, 0));
    return LC_OK;
}

static lc_status count_conv(lc__xn_graph *g, const lc_node *node, size_t in_channels, bool single) {
    const lc_op *op = &node->op;
    double taps = (double)op->kernel_h * op->kernel_w;
    if (single) {
        LC__TRY(lc__xn_count_depthwise(g, op->out_channels, taps));
        return lc__xn_count_shared_taps(g, op, node->shape);
    }
    double outputs = (double)op->out_channels / op->groups;
    LC__TRY(lc__xn_count_product(g, op->groups, outputs, (double)in_channels, taps));
    return lc__xn_count_taps(g, op, node->shape);
}

lc_status lc__xn_conv2d(lc__xn_graph *g, const lc_node *node) {
    const lc_op *op = &node->op;
    size_t in_channels = (size_t)(shape_of_input(g, node, 0).c / op->groups);
    size_t out = (size_t)op->out_channels, h = (size_t)op->kernel_h, w = (size_t)op->kernel_w;
    bool single = in_channels == 1 && op->groups > 1; /* a filter has one channel */
    const size_t dims[] = {out, h, w, in_channels}, single_dims[] = {1, h, w, out};
    float *weights = NULL;
    lc__xn_weights made;
    uint32_t x;
    target t;
    LC__TRY(lc__xn_draw(g, &weights));
    const float *bias = op->bias ? weights + out * h * w * in_channels : NULL;
    LC__TRY(
        lc__xn_weights_of(g, weights, bias, 4, single ? single_dims : dims, single ? 3 : 0, &made));
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(target_result(g, node, &t));
    LC__TRY(count_conv(g, node, in_channels, single));
    LC__TRY(single ? depthwise(g, op, x, &made, &t) : dense_conv(g, op, in_channels, x, &made, &t));
    return reach(g, &t);
}

/* --- dense layers --------------------------------------------------------------------------- */

/* Weights [out][in], then bias[out] if there is one. In int8 a fully connected node has one step
 * for all outputs; a convolution of one pixel has one for each, and runs the same kernels. */
static lc_status dense(lc__xn_graph *g, uint32_t x, size_t in, size_t out, const float *weights,
                       bool has_bias, const target *t) {
    const lc_op pixel = {.kernel_h = 1,
                         .kernel_w = 1,
                         .stride_h = 1,
                         .stride_w = 1,
                         .groups = 1,
                         .out_channels = (int32_t)out};
    bool integers = g->type == LC_DTYPE_INT8;
    const size_t dims[] = {out, in}, pixel_dims[] = {out, 1, 1, in};
    lc__xn_weights w;
    LC__TRY(lc__xn_count_product(g, 1, (double)out, (double)in, 1));
    LC__TRY(lc__xn_weights_of(g, weights, has_bias ? weights + in * out : NULL, integers ? 4 : 2,
                              integers ? pixel_dims : dims, 0, &w));
    if (integers) {
        LC__TRY(dense_conv(g, &pixel, in, x, &w, t));
    } else {
        LC__XN_TRY(g, "node",
                   g->xn->define_fully_connected(g->subgraph, t->low, t->high, x, w.filter, w.bias,
                                                 t->id, 0));
    }
    return reach(g, t);
}

lc_status lc__xn_linear(lc__xn_graph *g, const lc_node *node) {
    float *weights = NULL;
    uint32_t x;
    target t;
    LC__TRY(lc__xn_draw(g, &weights));
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
    LC__TRY(lc__xn_draw(g, &weights));
    LC__TRY(lc__xn_value(g, node->inputs[0], &x));
    LC__TRY(lc__xn_between(g, g->type, gate, &means));
    LC__TRY(lc__xn_between(g, g->type, middle, &squeezed));
    LC__TRY(lc__xn_between(g, g->type, gate, &gates));
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

/* XNNPACK keeps a pointer to every tap of every output pixel, and counts taps in 32 bits without a
 * look at what is lost; so a table of more than 2 GB is refused here. */
#define MOST_POINTERS ((double)(1U << 31) / sizeof(void *))

static lc_status check_pool(const lc__xn_graph *g, const lc_node *node) {
    const lc_op *op = &node->op;
    double taps = (double)op->kernel_h * op->kernel_w;
    if (taps > 1 && taps * node->shape.h * node->shape.w <= MOST_POINTERS) {
        return LC_OK;
    }
    lc_error_set(g->err, LC_EUNSUPPORTED,
                 "node %s: backend xnnpack has no %s over a window of %s; use backend native",
                 node->id, lc_op_type_name(op->type), taps > 1 ? "so many values" : "one");
    return LC_EUNSUPPORTED;
}

lc_status lc__xn_pool(lc__xn_graph *g, const lc_node *node) {
    const lc_op *op = &node->op;
    LC__TRY(check_pool(g, node));
    LC__TRY(lc__xn_count_shared_taps(g, op, node->shape));
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
    } else { /* with a divisor for each pixel, where there is padding */
        LC__TRY(lc__xn_count(g, (double)node->shape.h * node->shape.w * sizeof(float)));
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
            LC__TRY(lc__xn_between(g, g->type, node->shape, &partial));
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
    LC__TRY(lc__xn_scalar(g, 0.0F, &nothing));
    LC__XN_TRY(g, "node",
               g->xn->define_multiply2(g->subgraph, -INFINITY, INFINITY, x, nothing, y, 0));
    return LC_OK;
}
