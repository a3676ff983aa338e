#include "build.h"

#include <stdarg.h>
#include <stdio.h>

#include "op_rules.h"

void lc__build_scope(lc__build *b, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(b->scope, sizeof b->scope, format, ap);
    va_end(ap);
}

static bool accepts(const lc_op *op, lc__attr attr) {
    return lc__op_rule_of(op->type)->accepts >> attr & 1;
}

static void take_dtype(const lc_op *like, lc_op *op) {
    if (op->dtype != LC_DTYPE_ANY || op->type == LC_OP_INPUT)
        return;
    op->dtype = like->dtype;
    if (accepts(op, LC__ATTR_WEIGHT_BITS))
        op->weight_bits = like->weight_bits;
    if (accepts(op, LC__ATTR_ACT_BITS))
        op->act_bits = like->act_bits;
}

int lc__build_op(lc__build *b, const char *id, const lc_op *op, const int *inputs, int n_inputs) {
    char full[176];
    int index = -1;
    if (b->status)
        return -1;
    lc_op typed = *op;
    take_dtype(&b->like, &typed);
    snprintf(full, sizeof full, "%s%s", b->scope, id);
    b->status = lc_net_add(b->net, full, &typed, inputs, n_inputs, &index, b->err);
    return b->status ? -1 : index;
}

int lc__build_input(lc__build *b, lc_shape shape) {
    lc_op op = lc_op_init(LC_OP_INPUT);
    op.shape = shape;
    return lc__build_op(b, "input", &op, NULL, 0);
}

int lc__build_conv(lc__build *b, const char *id, int x, lc__conv conv) {
    lc_op op = lc_op_init(conv.type ? conv.type : LC_OP_CONV2D);
    op.kernel_h = op.kernel_w = conv.kernel ? conv.kernel : 1;
    op.stride_h = op.stride_w = conv.stride ? conv.stride : 1;
    op.pad_h = op.pad_w = op.kernel_h / 2;
    op.groups = conv.groups ? conv.groups : 1;
    op.out_channels = conv.channels;
    op.act = conv.act;
    op.bias = !conv.no_bias;
    return lc__build_op(b, id, &op, &x, 1);
}

int lc__build_linear(lc__build *b, const char *id, int x, int channels, lc_act act) {
    lc_op op = lc_op_init(LC_OP_LINEAR);
    op.out_channels = channels;
    op.act = act;
    return lc__build_op(b, id, &op, &x, 1);
}

int lc__build_pool(lc__build *b, const char *id, lc_op_type type, int x, int kernel, int stride,
                   int pad) {
    lc_op op = lc_op_init(type);
    op.kernel_h = op.kernel_w = kernel;
    op.stride_h = op.stride_w = stride;
    op.pad_h = op.pad_w = pad;
    return lc__build_op(b, id, &op, &x, 1);
}

int lc__build_add(lc__build *b, const char *id, int x, int y, lc_act act) {
    lc_op op = lc_op_init(LC_OP_ADD);
    op.act = act;
    return lc__build_op(b, id, &op, (const int[]){x, y}, 2);
}

int lc__build_act(lc__build *b, const char *id, int x, lc_act act) {
    lc_op op = lc_op_init(LC_OP_ACTIVATION);
    op.act = act;
    return lc__build_op(b, id, &op, &x, 1);
}

int lc__build_plain(lc__build *b, const char *id, lc_op_type type, int x) {
    lc_op op = lc_op_init(type);
    return lc__build_op(b, id, &op, &x, 1);
}

int lc__build_channels(const lc__build *b, int x) {
    return b->status ? 0 : lc_net_node(b->net, x)->shape.c;
}
