#include "retype.h"

#include "base/memory.h"

lc_op lc__op_untyped(const lc_op *op) {
    lc_op plain = *op;
    plain.dtype = LC_DTYPE_ANY;
    plain.weight_bits = plain.act_bits = 0;
    return plain;
}

static lc_status add(lc_net *copy, const lc_node *node, const lc_op *op, lc_error *err) {
    lc_error why = {0};
    lc_status st = lc_net_add(copy, node->id, op, node->inputs, node->n_inputs, NULL, &why);
    if (st)
        lc_error_set(err, st, "node %.60s: %s", node->id, why.message);
    return st;
}

lc_status lc__net_retype(const lc_net *net, const lc_op *ops, lc_net **out, lc_error *err) {
    lc_net *copy = lc_net_new(lc_net_name(net));
    lc_status st = copy ? LC_OK : lc__no_memory(err);
    int n_choices = 0;
    const int *choices = lc_net_choices(net, &n_choices);
    for (int i = 0; i < lc_net_size(net) && !st; i++)
        st = add(copy, lc_net_node(net, i), &ops[i], err);
    if (!st && lc_net_size(net) > 0)
        st = lc_net_set_output(copy, lc_net_output(net), err);
    if (!st && lc_net_space(net))
        st = lc_net_set_origin(copy, lc_net_space(net), choices, n_choices, err);
    if (st)
        lc_net_free(copy);
    else
        *out = copy;
    return st;
}
