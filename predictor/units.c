#include "units.h"

static double pixels(lc_shape s) {
    return (double)s.h * (double)s.w;
}

static double count(lc_shape s) {
    return (double)s.n * pixels(s) * (double)s.c;
}

static lc__family conv_family(const lc_op *op, lc_shape in) {
    if (op->groups > 1)
        return op->groups == in.c ? LC__FAMILY_depthwise : LC__FAMILY_grouped;
    return op->kernel_h == 1 && op->kernel_w == 1 ? LC__FAMILY_pointwise : LC__FAMILY_dense;
}

static lc__unit conv_unit(const lc_op *op, lc__family family, lc_shape in, lc_shape out) {
    double window = (double)op->kernel_h * op->kernel_w * ((double)in.c / op->groups);
    return (lc__unit){.family = family,
                      .times = 1,
                      .work = count(out) * window,
                      .in = count(in),
                      .out = count(out),
                      .weights = (double)out.c * window,
                      .pixels = pixels(out)};
}

static lc__unit pool_unit(const lc_op *op, lc_shape in, lc_shape out) {
    bool global = op->type == LC_OP_GLOBAL_AVG_POOL;
    double window = global ? pixels(in) : (double)op->kernel_h * op->kernel_w;
    return (lc__unit){.family = LC__FAMILY_pool,
                      .times = 1,
                      .work = count(out) * window,
                      .in = count(in),
                      .out = count(out),
                      .pixels = pixels(out)};
}

static lc__unit linear_unit(double rows, double in, double out, double row_pixels) {
    return (lc__unit){.family = LC__FAMILY_linear,
                      .times = 1,
                      .work = rows * in * out,
                      .in = rows * in,
                      .out = rows * out,
                      .weights = in * out,
                      .pixels = row_pixels};
}

/* A product of activations: no weights to keep, so other code than a linear layer's. */
static lc__unit matmul_unit(lc_shape a, lc_shape b, lc_shape out) {
    return (lc__unit){.family = LC__FAMILY_attention,
                      .times = 1,
                      .work = count(out) * a.c,
                      .in = count(a) + count(b),
                      .out = count(out),
                      .pixels = pixels(out)};
}

/* Touches every element: `work` per element of `out`, moving `in` elements in. */
static lc__unit map_unit(lc__family family, double times, double in, lc_shape out, double work) {
    return (lc__unit){.family = family,
                      .times = times,
                      .work = work * count(out),
                      .in = in,
                      .out = count(out),
                      .pixels = pixels(out)};
}

/* Mean over the plane, two small linear layers, and the product. */
static int squeeze_excite_units(const lc_op *op, lc_shape s, lc__unit *u) {
    double c = s.c;
    u[0] = (lc__unit){.family = LC__FAMILY_pool,
                      .times = 1,
                      .work = count(s),
                      .in = count(s),
                      .out = (double)s.n * c,
                      .pixels = 1};
    u[1] = linear_unit(s.n, c, op->squeeze, 1);
    u[2] = linear_unit(s.n, op->squeeze, c, 1);
    u[3] = map_unit(LC__FAMILY_elementwise, 1, count(s) + (double)s.n * c, s, 1);
    return 4;
}

static lc__unit attention_unit(const lc_net *net, int index, lc_shape s) {
    return (lc__unit){.family = LC__FAMILY_attention,
                      .times = 1,
                      .work = lc_net_node_cost(net, index).macs,
                      .in = count(s),
                      .out = count(s),
                      .weights = 4.0 * s.c * s.c,
                      .pixels = pixels(s)};
}

/* One product of activations, a softmax and another, as if they were operators of their own; `u`
 * has room for three. */
static int sdpa_units(const lc_op *op, lc_shape q, lc_shape k, lc_shape out, lc__unit *u) {
    double keys = pixels(k);
    lc_shape scores = {q.n, op->heads, 1, 1};
    scores.w = (int32_t)pixels(q);
    scores.c = (int32_t)keys;
    u[0] = matmul_unit(q, k, scores);
    u[0].work /= op->heads;
    u[1] = map_unit(LC__FAMILY_norm, 1, count(scores), scores, 1);
    u[2] = (lc__unit){.family = LC__FAMILY_attention,
                      .times = 1,
                      .work = count(out) * keys,
                      .in = count(scores) + (double)out.n * keys * out.c,
                      .out = count(out),
                      .pixels = pixels(scores)};
    return 3;
}

/* The queries are turned by a small matrix of each head's own first. */
static int wma_units(const lc_op *op, lc_shape q, lc_shape k, lc_shape out, lc__unit *u) {
    double depth = (double)q.c / op->heads;
    u[3] = linear_unit((double)q.n * pixels(q) * op->heads, depth, depth, pixels(q));
    u[3].weights = q.c * depth;
    return sdpa_units(op, q, k, out, u) + 1;
}

/* The kernels are made and then slid over the values: a depthwise window whose weights are read
 * from an activation. */
static int dynamic_conv_units(const lc_op *op, lc_shape values, lc_shape logits, lc__unit *u) {
    u[0] = map_unit(LC__FAMILY_norm, 1, count(logits), logits, 1);
    u[1] = map_unit(LC__FAMILY_depthwise, 1, count(values) + count(logits), values, op->kernel_w);
    return 2;
}

/* Factor by factor products of pairs, like a pointwise convolution of many groups. */
static lc__unit butterfly_unit(const lc_net *net, int index, lc_shape in, lc_shape out) {
    lc_cost cost = lc_net_node_cost(net, index);
    return (lc__unit){.family = LC__FAMILY_grouped,
                      .times = 1,
                      .work = cost.macs,
                      .in = count(in),
                      .out = count(out),
                      .weights = (double)lc_op_weight_count(&lc_net_node(net, index)->op, in),
                      .pixels = pixels(out)};
}

/* The input's part of all gates at once; then token by token the state's, which waits for the token
 * before, and the cell. */
static int lstm_units(lc_shape in, lc_shape out, lc__unit *u) {
    double steps = pixels(in), gates = 4.0 * out.c;
    u[0] = linear_unit(in.n * steps, in.c, gates, steps);
    u[1] = linear_unit(in.n, out.c, gates, 1);
    u[1].times = steps;
    u[2] = map_unit(LC__FAMILY_activation, 1, 5 * count(out), out, 5);
    return 3;
}

/* Every row of the table has to be held, though few are read. */
static lc__unit embedding_unit(const lc_op *op, lc_shape in, lc_shape out) {
    lc__unit u = map_unit(LC__FAMILY_move, 1, count(in), out, 0);
    u.weights = (double)op->rows * op->out_channels;
    return u;
}

/* Reads its input once; computes what its cost says. */
static lc__unit fourier_unit(const lc_net *net, int index, lc_shape in, lc_shape out) {
    lc__unit u = map_unit(LC__FAMILY_attention, 1, count(in), out, 1);
    u.work = lc_net_node_cost(net, index).macs;
    return u;
}

static int one(lc__unit *u, lc__unit only) {
    u[0] = only;
    return 1;
}

/* In the operator's families as f32 has them. */
static int units_of(const lc_net *net, int index, int n_inputs, lc__unit u[LC__UNITS_MAX]) {
    const lc_node *node = lc_net_node(net, index);
    const lc_op *op = &node->op;
    lc_shape out = node->shape, in = out, second = out;
    if (node->n_inputs > 0)
        in = lc_net_node(net, node->inputs[0])->shape;
    if (node->n_inputs > 1)
        second = lc_net_node(net, node->inputs[1])->shape;
    switch (op->type) {
    case LC_OP_CONV2D:
        return one(u, conv_unit(op, conv_family(op, in), in, out));
    case LC_OP_SHIFT_CONV2D:
        return one(u, conv_unit(op, LC__FAMILY_shift, in, out));
    case LC_OP_ADDER_CONV2D:
        return one(u, conv_unit(op, LC__FAMILY_adder, in, out));
    case LC_OP_LINEAR:
        return one(u, linear_unit((double)in.n * pixels(in), in.c, out.c, pixels(out)));
    case LC_OP_MATMUL:
        return one(u, matmul_unit(in, second, out));
    case LC_OP_ATTENTION:
        return one(u, attention_unit(net, index, in));
    case LC_OP_MAX_POOL:
    case LC_OP_AVG_POOL:
    case LC_OP_GLOBAL_AVG_POOL:
        return one(u, pool_unit(op, in, out));
    case LC_OP_SQUEEZE_EXCITE:
        return squeeze_excite_units(op, in, u);
    case LC_OP_ADD:
    case LC_OP_MUL:
        u[0] = map_unit(LC__FAMILY_elementwise, n_inputs - 1, 2 * count(out), out, 1);
        return n_inputs > 1 ? 1 : 0;
    case LC_OP_ACTIVATION:
        return one(u, map_unit(LC__FAMILY_activation, 1, count(out), out, 1));
    case LC_OP_LAYER_NORM:
    case LC_OP_RANGE_BATCH_NORM:
    case LC_OP_SOFTMAX:
        return one(u, map_unit(LC__FAMILY_norm, 1, count(out), out, 1));
    case LC_OP_CONCAT:
    case LC_OP_CHANNEL_SHUFFLE:
    case LC_OP_SPATIAL_SHIFT:
    case LC_OP_SPLIT_HEADS:
    case LC_OP_MERGE_HEADS:
        return one(u, map_unit(LC__FAMILY_move, 1, count(out), out, 0));
    case LC_OP_EMBEDDING:
        return one(u, embedding_unit(op, in, out));
    case LC_OP_FOURIER:
        return one(u, fourier_unit(net, index, in, out));
    case LC_OP_SDPA:
        return sdpa_units(op, in, second, out, u);
    case LC_OP_WMA:
        return wma_units(op, in, second, out, u);
    case LC_OP_DYNAMIC_CONV:
        return dynamic_conv_units(op, in, second, u);
    case LC_OP_BUTTERFLY_LINEAR:
        return one(u, butterfly_unit(net, index, in, out));
    case LC_OP_LSTM:
        return lstm_units(in, out, u);
    case LC_OP_MC_DROPOUT:
        return one(u, map_unit(LC__FAMILY_elementwise, 1, count(in), out, 1));
    case LC_OP_INPUT:
    case LC_OP_ZERO:
    case LC_OP_INVERTED_RESIDUAL: /* composites are no nodes */
    case LC_OP_FEED_FORWARD:
    case LC_OP_UNFUSED_ATTENTION:
    case LC_OP_BUTTERFLY_ATTENTION:
    case LC_OP_COUNT:
        break;
    }
    return 0;
}

static lc__family narrow_family(lc__family family) {
    switch (family) {
    case LC__FAMILY_dense:
    case LC__FAMILY_grouped:
        return LC__FAMILY_narrow_dense;
    case LC__FAMILY_pointwise:
        return LC__FAMILY_narrow_pointwise;
    case LC__FAMILY_depthwise:
        return LC__FAMILY_narrow_depthwise;
    case LC__FAMILY_linear:
    case LC__FAMILY_attention:
        return LC__FAMILY_narrow_linear;
    default:
        return LC__FAMILY_narrow_other;
    }
}

/* Of a weight, in f32's worth: those of 4 bits at most stand two to a byte. */
#define HALF_A_BYTE 0.125

/* The same work on narrower values, in f32's worth. */
static void narrow(const lc_op *op, lc__unit *u) {
    double value = (double)lc_dtype_size(op->dtype) / (double)lc_dtype_size(LC_DTYPE_F32);
    u->family = narrow_family(u->family);
    u->work *= value;
    u->in *= value;
    u->out *= value;
    u->weights *= op->weight_bits > 0 && op->weight_bits <= 4 ? HALF_A_BYTE : value;
}

int lc__node_units(const lc_net *net, int index, int n_inputs, lc__unit u[LC__UNITS_MAX]) {
    const lc_op *op = &lc_net_node(net, index)->op;
    int n = units_of(net, index, n_inputs, u);
    for (int i = 0; i < n; i++)
        if (lc_dtype_size(op->dtype) < lc_dtype_size(LC_DTYPE_F32))
            narrow(op, &u[i]);
    return n;
}
