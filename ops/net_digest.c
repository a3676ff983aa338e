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

static uint64_t add_text(uint64_t hash, const char *text) {
    return lc__fnv1a(hash, text, strlen(text) + 1);
}

/* Attributes go in by name where they are not at their defaults: those that later versions add
 * leave the digests of today's nets alone. */
static uint64_t add_attrs(uint64_t hash, const lc_op *op) {
    const lc_op fresh = lc_op_init(op->type);
    for (int i = 0; i < LC__ATTR_COUNT; i++) {
        lc__attr a = (lc__attr)i;
        const char *name = lc__attr_info_of(a)->name;
        const int32_t value[2] = {lc__attr_get(op, a, 0), lc__attr_get(op, a, 1)};
        if (value[0] == lc__attr_get(&fresh, a, 0) && value[1] == lc__attr_get(&fresh, a, 1))
            continue;
        hash = add_text(hash, name);
        const char *word = lc__attr_word(op, a);
        if (word)
            hash = add_text(hash, word);
        else
            hash = add_int(add_int(hash, value[0]), value[1]);
    }
    return hash;
}

static uint64_t add_node(uint64_t hash, const lc_node *node, const int *number) {
    hash = add_attrs(add_text(hash, lc_op_type_name(node->op.type)), &node->op);
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
