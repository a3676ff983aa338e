/* A digest of what a net computes. The needed nodes are numbered by a walk from the output that
 * takes inputs in order, so neither ids nor the order in which a file lists the nodes matter. */
#include "latcast/net.h"

#include <string.h>

#include "base/text.h"
#include "op_rules.h"

/* Byte by byte, so that every machine gets the same digest. */
static uint64_t add_int(uint64_t hash, int32_t value) {
    unsigned char bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)((uint32_t)value >> (8 * i));
    return lc__fnv1a(hash, bytes, sizeof bytes);
}

static uint64_t add_node(uint64_t hash, const lc_node *node, const int *number) {
    const lc_op *op = &node->op;
    const char *type = lc_op_type_name(op->type);
    unsigned accepts = lc__op_rule_of(op->type)->accepts;
    hash = lc__fnv1a(hash, type, strlen(type) + 1);
    for (int a = 0; a < LC__ATTR_COUNT; a++)
        for (int which = 0; which < 2 && accepts >> a & 1; which++)
            hash = add_int(hash, lc__attr_get(op, (lc__attr)a, which));
    const int32_t shape[4] = {node->shape.n, node->shape.h, node->shape.w, node->shape.c};
    for (int i = 0; i < 4; i++)
        hash = add_int(hash, shape[i]);
    hash = add_int(hash, node->n_inputs);
    for (int k = 0; k < node->n_inputs; k++)
        hash = add_int(hash, number[node->inputs[k]]);
    return hash;
}

uint64_t lc_net_digest(const lc_net *net) {
    int number[LC_NET_MAX_NODES];       /* 0 = not met yet; a node is numbered after its inputs */
    short next[LC_NET_MAX_NODES] = {0}; /* input of a node to walk to next */
    int stack[LC_NET_MAX_NODES];
    int depth = 0, numbered = 0;
    uint64_t hash = LC__FNV_START;
    memset(number, 0, sizeof number);
    if (lc_net_output(net) >= 0)
        stack[depth++] = lc_net_output(net);
    while (depth > 0) {
        int i = stack[depth - 1];
        const lc_node *node = lc_net_node(net, i);
        if (next[i] < node->n_inputs) {
            int input = node->inputs[next[i]++];
            if (!number[input])
                stack[depth++] = input;
            continue;
        }
        number[i] = ++numbered;
        hash = add_node(hash, node, number);
        depth--;
    }
    return hash;
}
