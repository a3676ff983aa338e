/* The same net for another number of images at a time. */
#include "latcast/net.h"

#include "base/memory.h"

static lc_status add_batched(const lc_net *net, int index, int32_t batch, lc_net *copy,
                             lc_error *err) {
    const lc_node *node = lc_net_node(net, index);
    lc_op op = node->op;
    lc_error why = {0};
    if (op.type == LC_OP_INPUT)
        op.shape.n = batch;
    lc_status status = lc_net_add(copy, node->id, &op, node->inputs, node->n_inputs, NULL, &why);
    if (status)
        return lc_error_set(err, status == LC_EFORMAT ? LC_EUNSUPPORTED : status,
                            "net \"%.60s\" in a batch of %d: node %.60s: %s", lc_net_name(net),
                            batch, node->id, why.message);
    return LC_OK;
}

lc_status lc_net_with_batch(const lc_net *net, int32_t batch, lc_net **out, lc_error *err) {
    lc_net *copy = lc_net_new(lc_net_name(net));
    lc_status status = copy ? LC_OK : lc__no_memory(err);
    for (int i = 0; i < lc_net_size(net) && !status; i++)
        status = add_batched(net, i, batch, copy, err);
    if (!status && lc_net_size(net) > 0)
        status = lc_net_set_output(copy, lc_net_output(net), err);
    if (status)
        lc_net_free(copy);
    else
        *out = copy;
    return status;
}
