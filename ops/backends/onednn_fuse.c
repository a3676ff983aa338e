/* Which nodes run inside which: a residual add and an activation end the product before them, as
 * post-operations of its primitive. */
#include <stdlib.h>

#include "onednn_graph.h"

/* Readers of node `i` that are executed, and the last of them (-1: none). The net's output has a
 * reader after all others. */
static int readers_of(const lc__dn_graph *g, int i, int *last) {
    int n = 0;
    *last = -1;
    for (int k = i + 1; k < lc_net_size(g->net); k++) {
        const lc_node *node = lc_net_node(g->net, k);
        for (int j = 0; g->needed[k] && j < node->n_inputs; j++) {
            if (node->inputs[j] == i) {
                n++;
                *last = k;
            }
        }
    }
    if (i == lc_net_output(g->net)) {
        n++;
        *last = lc_net_size(g->net);
    }
    return n;
}

static bool takes_post_operations(lc_op_type type) {
    return type == LC_OP_CONV2D || type == LC_OP_LINEAR || type == LC_OP_ATTENTION;
}

/* Ends node `i` with the activation node that alone reads it and is of its dtype: one of another
 * would be stored in the wrong one. */
static void take_activation(lc__dn_graph *g, int i) {
    const lc_op *op = &lc_net_node(g->net, i)->op;
    int reader;
    bool able = op->type == LC_OP_CONV2D || op->type == LC_OP_LINEAR || op->type == LC_OP_ADD ||
                op->type == LC_OP_MUL;
    if (!able || op->act != LC_ACT_NONE || readers_of(g, i, &reader) != 1 ||
        reader == lc_net_size(g->net) || lc_net_node(g->net, reader)->op.type != LC_OP_ACTIVATION ||
        lc__dn_dtype(g, reader) != lc__dn_dtype(g, i)) {
        return;
    }
    g->fused[i].act = lc_net_node(g->net, reader)->op.act;
    g->fused[i].tail = reader;
    g->fused[reader].inside = true;
}

/* True where node `i` reads the other term, or somebody does between it and the add. */
static bool is_read_since(const lc__dn_graph *g, int term, int i, int add) {
    for (int k = i; k < lc_net_size(g->net); k++) {
        const lc_node *node = lc_net_node(g->net, k);
        for (int j = 0; g->needed[k] && k != add && j < node->n_inputs; j++) {
            if (node->inputs[j] == term) {
                return true;
            }
        }
    }
    return term == lc_net_output(g->net);
}

/* Ends node `i` with the add that alone reads it. The sum replaces the other term, which must be
 * there before `i` and read by nobody from then on; inputs of the net are set once and stay. */
static void take_add(lc__dn_graph *g, int i) {
    const lc_node *node = lc_net_node(g->net, i);
    int reader;
    if (!takes_post_operations(node->op.type) || node->op.act != LC_ACT_NONE ||
        readers_of(g, i, &reader) != 1 || reader == lc_net_size(g->net)) {
        return;
    }
    const lc_node *add = lc_net_node(g->net, reader);
    if (add->op.type != LC_OP_ADD || add->n_inputs != 2 ||
        lc__dn_dtype(g, reader) != lc__dn_dtype(g, i)) {
        return;
    }
    int other = add->inputs[0] == i ? add->inputs[1] : add->inputs[0];
    if (other >= i || is_read_since(g, other, i, reader) ||
        lc_net_node(g->net, other)->op.type == LC_OP_INPUT) {
        return;
    }
    g->fused[i] = (lc__dn_fusion){
        .act = g->fused[reader].act, .tail = g->fused[reader].tail, .addend = other, .add = reader};
    g->fused[reader].inside = true;
}

void lc__dn_fuse(lc__dn_graph *g) {
    for (int i = 0; i < lc_net_size(g->net); i++) {
        g->fused[i] =
            (lc__dn_fusion){.act = lc_net_node(g->net, i)->op.act, .tail = i, .addend = -1};
    }
    for (int i = 0; i < lc_net_size(g->net); i++) {
        if (g->needed[i]) {
            take_activation(g, i);
        }
    }
    for (int i = 0; i < lc_net_size(g->net); i++) {
        if (g->needed[i] && !g->fused[i].inside) {
            take_add(g, i);
        }
    }
}

void lc__dn_leave_add(lc__dn_graph *g) {
    lc__dn_fusion *f = &g->fused[g->node];
    g->fused[f->add].inside = false;
    *f = (lc__dn_fusion){.act = LC_ACT_NONE, .tail = g->node, .addend = -1};
}
