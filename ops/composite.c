#include "composite.h"

#include <string.h>

#include "build.h"
#include "op_rules.h"

/* What is added next is the composite's last part: it takes the id of the whole. */
static void name_last(lc__build *b, const char *id) {
    lc__build_scope(b, "%s", id);
}

static int with_heads(lc__build *b, const char *part, lc_op_type type, const lc_op *op,
                      const int *inputs, int n) {
    lc_op next = lc_op_init(type);
    next.heads = op->heads;
    return lc__build_op(b, part, &next, inputs, n);
}

static int inverted_residual(lc__build *b, const lc_op *op, int x, const char *id) {
    lc_shape in = lc_net_node(b->net, x)->shape;
    int wide = in.c * op->expand, y = x;
    bool same = op->stride_h == 1 && op->stride_w == 1 && in.c == op->out_channels;
    if (op->expand > 1)
        y = lc__build_conv(b, "expand", y, (lc__conv){wide, .act = op->act});
    lc_op depthwise = lc_op_init(LC_OP_CONV2D);
    depthwise.kernel_h = op->kernel_h;
    depthwise.kernel_w = op->kernel_w;
    depthwise.stride_h = op->stride_h;
    depthwise.stride_w = op->stride_w;
    depthwise.pad_h = op->kernel_h / 2;
    depthwise.pad_w = op->kernel_w / 2;
    depthwise.groups = depthwise.out_channels = wide;
    depthwise.act = op->act;
    y = lc__build_op(b, "depthwise", &depthwise, &y, 1);
    if (op->squeeze > 0) {
        lc_op gate = lc_op_init(LC_OP_SQUEEZE_EXCITE);
        gate.squeeze = op->squeeze;
        gate.act = LC_ACT_HSIGMOID;
        y = lc__build_op(b, "squeeze_excite", &gate, &y, 1);
    }
    if (!same)
        name_last(b, id);
    y = lc__build_conv(b, same ? "project" : "", y, (lc__conv){.channels = op->out_channels});
    if (!same)
        return y;
    name_last(b, id);
    return lc__build_add(b, "", x, y, LC_ACT_NONE);
}

static int feed_forward(lc__build *b, const lc_op *op, int x, const char *id) {
    int y = lc__build_linear(b, "up", x, op->hidden, op->act);
    name_last(b, id);
    return lc__build_linear(b, "", y, lc__build_channels(b, x), LC_ACT_NONE);
}

static int unfused_attention(lc__build *b, const lc_op *op, int x, const char *id) {
    static const char *const parts[3][2] = {
        {"query", "query_heads"}, {"keys", "keys_heads"}, {"values", "values_heads"}};
    int channels = lc__build_channels(b, x), heads[3];
    lc_op product = lc_op_init(LC_OP_MATMUL), merge = lc_op_init(LC_OP_MERGE_HEADS);
    merge.grid_h = lc_net_node(b->net, x)->shape.h;
    merge.grid_w = lc_net_node(b->net, x)->shape.w;
    for (int i = 0; i < 3; i++) {
        int y = lc__build_linear(b, parts[i][0], x, channels, LC_ACT_NONE);
        heads[i] = with_heads(b, parts[i][1], LC_OP_SPLIT_HEADS, op, &y, 1);
    }
    product.transpose_b = true;
    int y = lc__build_op(b, "scores", &product, heads, 2);
    y = lc__build_plain(b, "softmax", LC_OP_SOFTMAX, y);
    product.transpose_b = false;
    y = lc__build_op(b, "mix", &product, (const int[]){y, heads[2]}, 2);
    y = lc__build_op(b, "merge", &merge, &y, 1);
    name_last(b, id);
    return lc__build_linear(b, "", y, channels, LC_ACT_NONE);
}

static int butterfly_attention(lc__build *b, const lc_op *op, int x, const char *id) {
    static const char *const parts[3] = {"query", "keys", "values"};
    lc_op linear = lc_op_init(LC_OP_BUTTERFLY_LINEAR);
    int qkv[3];
    linear.out_channels = lc__build_channels(b, x);
    for (int i = 0; i < 3; i++)
        qkv[i] = lc__build_op(b, parts[i], &linear, &x, 1);
    int y = with_heads(b, "attend", LC_OP_SDPA, op, qkv, 3);
    name_last(b, id);
    return lc__build_op(b, "", &linear, &y, 1);
}

lc_status lc__composite_add(lc_net *net, const char *id, const lc_op *op, int x, int *index,
                            lc_error *err) {
    static int (*const expansions[LC_OP_COUNT])(lc__build *, const lc_op *, int, const char *) = {
        [LC_OP_INVERTED_RESIDUAL] = inverted_residual,
        [LC_OP_FEED_FORWARD] = feed_forward,
        [LC_OP_UNFUSED_ATTENTION] = unfused_attention,
        [LC_OP_BUTTERFLY_ATTENTION] = butterfly_attention,
    };
    lc__build b = {.net = net, .err = err, .like = *op};
    lc__build_scope(&b, "%s.", id);
    *index = expansions[op->type](&b, op, x, id);
    return b.status;
}

bool lc__net_is_one(const lc_net *net) {
    const lc_node *output = lc_net_node(net, lc_net_output(net));
    int operators = 0, parts = 0;
    if (!output)
        return false;
    size_t length = strlen(output->id);
    for (int i = 0; i < lc_net_size(net); i++) {
        const lc_node *node = lc_net_node(net, i);
        operators += node->op.type != LC_OP_INPUT;
        parts += node == output || (!strncmp(node->id, output->id, length) &&
                                    node->id[length] == '.' && node->op.type != LC_OP_INPUT);
    }
    return operators == 1 || (operators > 1 && operators == parts);
}

/* --- shape, cost and weights: those of the parts ---------------------------------------------- */

/* The net of a composite on an input; NULL with *err set. */
static lc_net *expand(const lc_op *op, lc_shape in, int *last, lc_error *err) {
    lc_net *net = lc_net_new("");
    lc__build b = {.net = net, .err = err};
    if (!net) {
        lc_error_set(err, LC_ENOMEM, "out of memory");
        return NULL;
    }
    int x = lc__build_input(&b, in);
    if (b.status == LC_OK && lc__composite_add(net, "y", op, x, last, err) == LC_OK)
        return net;
    lc_net_free(net);
    return NULL;
}

lc_status lc__infer_composite(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                              lc_error *err) {
    (void)n_in;
    lc_error why = {.code = LC_ENOMEM};
    int last = -1;
    lc_net *net = expand(op, in[0], &last, &why);
    if (!net)
        return lc_error_set(err, why.code, "%s: %s", lc_op_type_name(op->type), why.message);
    *out = lc_net_node(net, last)->shape;
    lc_net_free(net);
    return LC_OK;
}

void lc__cost_composite(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                        lc_cost *cost) {
    (void)n_in, (void)out;
    int last;
    lc_net *net = expand(op, in[0], &last, NULL);
    if (net)
        *cost = lc_net_cost(net);
    lc_net_free(net);
}

double lc__weights_composite(const lc_op *op, lc_shape in) {
    int last;
    lc_net *net = expand(op, in, &last, NULL);
    double sum = 0;
    for (int i = 1; net && i <= last; i++) {
        const lc_node *node = lc_net_node(net, i);
        sum += (double)lc_op_weight_count(&node->op, lc_net_node(net, node->inputs[0])->shape);
    }
    lc_net_free(net);
    return sum;
}
