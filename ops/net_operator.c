/* Single operators of a net, each a net of its own. */
#include "latcast/net.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "op_rules.h"

/* What the name says of every operator, in the field's short form. The input's height and width
 * and the attributes give the output's, not the other way round: a stride rounds. */
static void add_shape(lc__buf *name, const lc_net *net, const lc_node *node) {
    const lc_op *op = &node->op;
    lc_shape in = lc_net_node(net, node->inputs[0])->shape, out = node->shape;
    if (lc__op_rule_of(op->type)->accepts >> LC__ATTR_KERNEL & 1)
        lc__buf_printf(name, " %dx%d", op->kernel_h, op->kernel_w);
    lc__buf_printf(name, " %d>%d %dx%d", in.c, out.c, in.h, in.w);
    if (in.n != 1)
        lc__buf_printf(name, " n%d", in.n);
    if (op->stride_h != 1 || op->stride_w != 1)
        lc__buf_printf(name, " s%d", op->stride_h);
    if (op->stride_h != op->stride_w)
        lc__buf_printf(name, "x%d", op->stride_w);
    if (op->groups > 1)
        lc__buf_printf(name, " g%d", op->groups);
    bool has_pad = lc__op_rule_of(op->type)->accepts >> LC__ATTR_PAD & 1;
    if (has_pad && (op->pad_h != op->kernel_h / 2 || op->pad_w != op->kernel_w / 2))
        lc__buf_printf(name, " p%dx%d", op->pad_h, op->pad_w);
    if (op->act != LC_ACT_NONE)
        lc__buf_printf(name, " %s", lc_act_name(op->act));
}

/* Attributes that the short form has or the shapes imply. */
static bool in_shape(lc__attr a) {
    return a == LC__ATTR_KERNEL || a == LC__ATTR_STRIDE || a == LC__ATTR_PAD ||
           a == LC__ATTR_GROUPS || a == LC__ATTR_OUT_CHANNELS || a == LC__ATTR_ACT;
}

/* The others, by word or by name, where they are not at their defaults. */
static void add_others(lc__buf *name, const lc_op *op) {
    const lc_op fresh = lc_op_init(op->type);
    for (int i = 0; i < LC__ATTR_COUNT; i++) {
        lc__attr a = (lc__attr)i;
        int32_t value = lc__attr_get(op, a, 0);
        const char *word = lc__attr_word(op, a);
        if (in_shape(a) || value == lc__attr_get(&fresh, a, 0))
            continue;
        if (word)
            lc__buf_printf(name, " %s", word);
        else
            lc__buf_printf(name, " %s=%d", lc__attr_info_of(a)->name, value);
    }
}

/* Inputs beyond the first have the shape of the first or one that follows, but for a broadcast or
 * another length. */
static void add_inputs(lc__buf *name, const lc_net *net, const lc_node *node) {
    lc_shape first = lc_net_node(net, node->inputs[0])->shape;
    bool alike = true;
    for (int i = 1; i < node->n_inputs; i++)
        alike = alike && lc_shape_equal(lc_net_node(net, node->inputs[i])->shape, first);
    if (alike && node->n_inputs > 2)
        lc__buf_printf(name, " x%d", node->n_inputs);
    for (int i = 1; i < node->n_inputs && !alike; i++) {
        lc_shape s = lc_net_node(net, node->inputs[i])->shape;
        lc__buf_printf(name, " with %dx%dx%d", s.h, s.w, s.c);
    }
}

static char *name_operator(const lc_net *net, const lc_node *node) {
    lc__buf name = {0};
    lc__buf_printf(&name, "%s", lc_op_type_name(node->op.type));
    add_shape(&name, net, node);
    add_others(&name, &node->op);
    add_inputs(&name, net, node);
    if (name.failed) {
        free(name.text);
        return NULL;
    }
    return name.text;
}

static lc_status add_node(const lc_net *net, const lc_node *node, lc_net *one, lc_error *err) {
    int inputs[LC_OP_MAX_INPUTS];
    lc_status status = LC_OK;
    for (int i = 0; i < node->n_inputs && !status; i++) {
        lc_op op = lc_op_init(LC_OP_INPUT);
        op.shape = lc_net_node(net, node->inputs[i])->shape;
        status = lc_net_add(one, NULL, &op, NULL, 0, &inputs[i], err);
    }
    return status ? status : lc_net_add(one, NULL, &node->op, inputs, node->n_inputs, NULL, err);
}

lc_status lc_net_operator(const lc_net *net, int index, lc_net **out, lc_error *err) {
    const lc_node *node = lc_net_node(net, index);
    if (node->n_inputs == 0)
        return lc_error_set(err, LC_EUSAGE, "node %s is an input and no operator", node->id);
    char *name = name_operator(net, node);
    lc_net *one = name ? lc_net_new(name) : NULL;
    free(name);
    lc_status status = one ? add_node(net, node, one, err) : lc__no_memory(err);
    if (status)
        lc_net_free(one);
    else
        *out = one;
    return status;
}
