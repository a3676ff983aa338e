/* Bit widths of a net's layers: positions, options, nets. */
#include "bits.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "ops/op_rules.h"
#include "ops/retype.h"

/* ---- positions ---- */

static bool is_layer(const lc_node *node) {
    return node->op.type == LC_OP_CONV2D || node->op.type == LC_OP_LINEAR;
}

static bool has_act_bits(const lc_op *op) {
    return lc__op_rule_of(op->type)->accepts >> LC__ATTR_ACT_BITS & 1;
}

/* The node that computes what a layer reads, behind those that only move it; -1: the bits are not
 * to be chosen. */
static int source_of(const lc_net *net, const lc_node *layer) {
    int i = layer->inputs[0];
    const lc_node *node = lc_net_node(net, i);
    while (!has_act_bits(&node->op) && node->n_inputs == 1) {
        i = node->inputs[0];
        node = lc_net_node(net, i);
    }
    return has_act_bits(&node->op) ? i : -1;
}

static lc_status find_layers(lc_nas_bits *b, lc_error *err) {
    lc_nas_problem *p = &b->problem;
    int n = 0;
    for (int i = 0; i < lc_net_size(b->net); i++) {
        const lc_node *node = lc_net_node(b->net, i);
        if (!is_layer(node))
            continue;
        if (n < LC_NAS_MAX_POSITIONS) {
            b->layer[n] = i;
            b->source[n] = source_of(b->net, node);
            p->n_options[n] = LC__BITS_WIDTHS * (b->source[n] < 0 ? 1 : LC__BITS_WIDTHS);
        }
        n++;
    }
    p->n_positions = n;
    if (n > 0 && n <= LC_NAS_MAX_POSITIONS)
        return LC_OK;
    lc_error_set(err, LC_EUNSUPPORTED,
                 "net \"%.60s\" has %d convolutions and linear layers; bits are chosen for 1 to %d",
                 lc_net_name(b->net), n, LC_NAS_MAX_POSITIONS);
    return LC_EUNSUPPORTED;
}

lc_status lc_nas_bits_new(const lc_net *net, lc_nas_bits **out, lc_error *err) {
    lc_nas_bits *b = calloc(1, sizeof *b);
    if (b)
        b->net = lc_net_clone(net);
    lc_status st = b && b->net ? find_layers(b, err) : lc__no_memory(err);
    if (st == LC_OK)
        *out = b;
    else
        lc_nas_bits_free(b);
    return st;
}

void lc_nas_bits_free(lc_nas_bits *b) {
    if (!b)
        return;
    lc_net_free(b->net);
    free(b);
}

const lc_nas_problem *lc_nas_bits_problem(const lc_nas_bits *b) {
    return &b->problem;
}

const lc_node *lc_nas_bits_layer(const lc_nas_bits *b, int position) {
    bool there = position >= 0 && position < b->problem.n_positions;
    return there ? lc_net_node(b->net, b->layer[position]) : NULL;
}

/* ---- options ---- */

lc_nas_width lc_nas_bits_width(const lc_nas_bits *b, int position, int option) {
    int n = b->source[position] < 0 ? 1 : LC__BITS_WIDTHS;
    return (lc_nas_width){LC_NAS_BITS_LEAST + option / n,
                          n > 1 ? LC_NAS_BITS_LEAST + option % n : LC_NAS_BITS_MOST};
}

static bool in_range(int bits) {
    return bits >= LC_NAS_BITS_LEAST && bits <= LC_NAS_BITS_MOST;
}

int lc__bits_option(const lc_nas_bits *b, int position, lc_nas_width width) {
    int n = b->source[position] < 0 ? 1 : LC__BITS_WIDTHS;
    if (!in_range(width.weight) || !in_range(width.activation) ||
        (n == 1 && width.activation != LC_NAS_BITS_MOST))
        return -1;
    return (width.weight - LC_NAS_BITS_LEAST) * n +
           (n > 1 ? width.activation - LC_NAS_BITS_LEAST : 0);
}

lc_status lc_nas_bits_uniform(const lc_nas_bits *b, lc_nas_width width, int *choices,
                              lc_error *err) {
    if (!in_range(width.weight) || !in_range(width.activation)) {
        lc_error_set(err, LC_EUSAGE, "weights and activations have %d to %d bits, not %d and %d",
                     LC_NAS_BITS_LEAST, LC_NAS_BITS_MOST, width.weight, width.activation);
        return LC_EUSAGE;
    }
    for (int i = 0; i < b->problem.n_positions; i++) {
        lc_nas_width own = width;
        if (b->source[i] < 0)
            own.activation = LC_NAS_BITS_MOST;
        choices[i] = lc__bits_option(b, i, own);
    }
    return LC_OK;
}

/* ---- nets ---- */

static void set_width(const lc_nas_bits *b, int position, lc_nas_width width, lc_op *ops) {
    ops[b->layer[position]].weight_bits = width.weight;
    if (b->source[position] < 0)
        return;
    lc_op *source = &ops[b->source[position]];
    if (source->act_bits == 0 || source->act_bits > width.activation)
        source->act_bits = width.activation;
}

lc_status lc_nas_bits_net(const lc_nas_bits *b, const int *choices, lc_net **out, lc_error *err) {
    int n = lc_net_size(b->net);
    lc_op *ops = calloc((size_t)n + 1, sizeof *ops);
    if (!ops)
        return lc__no_memory(err);
    for (int i = 0; i < n; i++) {
        ops[i] = lc__op_untyped(&lc_net_node(b->net, i)->op);
        if (ops[i].type != LC_OP_INPUT)
            ops[i].dtype = LC_DTYPE_INT8;
    }
    for (int i = 0; i < b->problem.n_positions; i++)
        set_width(b, i, lc_nas_bits_width(b, i, choices[i]), ops);
    lc_status st = lc__net_retype(b->net, ops, out, err);
    free(ops);
    return st;
}
