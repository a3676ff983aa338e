/* Which nodes of a net matter, and a copy without the others. */
#include "latcast/net.h"

void lc_net_needed(const lc_net *net, bool *needed) {
    for (int i = 0; i < lc_net_size(net); i++)
        needed[i] = i == lc_net_output(net);
    for (int i = lc_net_output(net); i >= 0; i--) {
        const lc_node *node = lc_net_node(net, i);
        for (int k = 0; k < node->n_inputs && needed[i]; k++)
            needed[node->inputs[k]] = true;
    }
}

/* carries[i]: something of an input reaches node i without passing a `zero`. */
static void find_carriers(const lc_net *net, bool *carries) {
    for (int i = 0; i < lc_net_size(net); i++) {
        const lc_node *node = lc_net_node(net, i);
        carries[i] = node->op.type == LC_OP_INPUT;
        for (int k = 0; k < node->n_inputs && node->op.type != LC_OP_ZERO; k++)
            carries[i] |= carries[node->inputs[k]];
    }
}

void lc_net_live(const lc_net *net, bool *live) {
    bool carries[LC_NET_MAX_NODES];
    find_carriers(net, carries);
    for (int i = 0; i < lc_net_size(net); i++)
        live[i] = i == lc_net_output(net);
    for (int i = lc_net_output(net); i >= 0; i--) {
        const lc_node *node = lc_net_node(net, i);
        for (int k = 0; k < node->n_inputs && live[i]; k++)
            live[node->inputs[k]] |= carries[node->inputs[k]];
    }
}

/* The inputs that node i of a pruned net keeps: an `add` drops what carries nothing, anything else
 * needs all of its inputs for its shape. */
static int kept_inputs(const lc_net *net, int i, const bool *carries, int *kept) {
    const lc_node *node = lc_net_node(net, i);
    bool drop = node->op.type == LC_OP_ADD && carries[i];
    int n = 0;
    for (int k = 0; k < node->n_inputs; k++)
        if (!drop || carries[node->inputs[k]])
            kept[n++] = node->inputs[k];
    return n;
}

/* What a pruned net consists of: all that its output needs by way of kept inputs. */
static void find_kept(const lc_net *net, const bool *carries, bool *keep) {
    int inputs[LC_OP_MAX_INPUTS];
    for (int i = 0; i < lc_net_size(net); i++)
        keep[i] = i == lc_net_output(net);
    for (int i = lc_net_output(net); i >= 0; i--) {
        int n = keep[i] ? kept_inputs(net, i, carries, inputs) : 0;
        for (int k = 0; k < n; k++)
            keep[inputs[k]] = true;
    }
}

/* Adds node i of `net` to its pruned copy; map[] turns old indices into new ones. */
static lc_status copy_node(const lc_net *net, int i, const bool *carries, lc_net *copy, int *map,
                           lc_error *err) {
    const lc_node *node = lc_net_node(net, i);
    lc_op op = node->op;
    int inputs[LC_OP_MAX_INPUTS];
    int n = kept_inputs(net, i, carries, inputs);
    for (int k = 0; k < n; k++)
        inputs[k] = map[inputs[k]];
    if (op.type == LC_OP_ADD && n == 1) {
        if (op.act == LC_ACT_NONE) {
            map[i] = inputs[0];
            return LC_OK;
        }
        op.type = LC_OP_ACTIVATION;
    }
    return lc_net_add(copy, node->id, &op, inputs, n, &map[i], err);
}

lc_status lc_net_prune(const lc_net *net, lc_net **out, lc_error *err) {
    bool carries[LC_NET_MAX_NODES] = {false}, keep[LC_NET_MAX_NODES] = {false};
    int map[LC_NET_MAX_NODES];
    if (lc_net_size(net) == 0)
        return lc_error_set(err, LC_EFORMAT, "the net holds no operator");
    lc_net *copy = lc_net_new(lc_net_name(net));
    if (!copy)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    find_carriers(net, carries);
    find_kept(net, carries, keep);
    lc_status s = LC_OK;
    for (int i = 0; i < lc_net_size(net) && !s; i++)
        if (keep[i])
            s = copy_node(net, i, carries, copy, map, err);
    if (!s)
        s = lc_net_set_output(copy, map[lc_net_output(net)], err);
    if (s)
        lc_net_free(copy);
    else
        *out = copy;
    return s;
}
