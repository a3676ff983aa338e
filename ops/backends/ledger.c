#include "ledger.h"

#include <math.h>

#define SPARE_SHARE 32.0                /* one part in as many, */
#define SPARE_BYTES ((double)(8 << 20)) /* and these, but no more than ... */
#define SPARE_MOST (1 / 4.0)            /* ... this part of what is there */

lc__ledger lc__ledger_open(const lc_net *net, double available) {
    double spare = fmin(available / SPARE_SHARE + SPARE_BYTES, available * SPARE_MOST);
    return (lc__ledger){.net = net, .available = available - spare};
}

/* Node `index` takes `own` bytes of a net that needs `whole`. */
static lc_status refuse(const lc__ledger *l, int index, double own, double whole, lc_error *err) {
    const lc_node *node = lc_net_node(l->net, index);
    lc_error_set(err, LC_ENOMEM,
                 "net \"%.60s\" needs at least %.0f bytes of memory, node %.60s (%s) %.0f of them, "
                 "and %.0f can be had",
                 lc_net_name(l->net), whole, node->id, lc_op_type_name(node->op.type), own,
                 l->available);
    return LC_ENOMEM;
}

/* The cost of a node's operator, in the dtype that it runs in. */
static lc_cost cost_in(const lc_net *net, int index, lc_dtype dtype) {
    const lc_node *node = lc_net_node(net, index);
    lc_shape in[LC_OP_MAX_INPUTS];
    lc_op op = node->op;
    op.dtype = op.dtype == LC_DTYPE_ANY ? dtype : op.dtype;
    for (int k = 0; k < node->n_inputs; k++) {
        in[k] = lc_net_node(net, node->inputs[k])->shape;
    }
    return lc_op_cost(&op, in, node->n_inputs, node->shape);
}

lc_status lc__ledger_check(const lc__ledger *ledger, lc_dtype dtype, lc_error *err) {
    const lc_net *net = ledger->net;
    double weights = 0, activations = 0, most = 0;
    bool needed[LC_NET_MAX_NODES];
    int largest = 0;
    lc_net_needed(net, needed);
    for (int i = 0; i < lc_net_size(net); i++) {
        if (!needed[i]) {
            continue;
        }
        lc_cost cost = cost_in(net, i, dtype);
        double moved = cost.bytes_read + cost.bytes_written;
        if (moved + cost.weight_bytes > most) {
            most = moved + cost.weight_bytes;
            largest = i;
        }
        weights += cost.weight_bytes;
        activations = fmax(activations, moved);
    }
    double whole = weights + activations;
    return whole <= ledger->available ? LC_OK : refuse(ledger, largest, most, whole, err);
}

lc_status lc__ledger_take(lc__ledger *ledger, int node, double own, double bytes, lc_error *err) {
    double whole = ledger->taken + bytes;
    if (whole > ledger->available) {
        return refuse(ledger, node, own, whole, err);
    }
    ledger->taken = whole;
    ledger->most = fmax(ledger->most, whole);
    return LC_OK;
}

void lc__ledger_give(lc__ledger *ledger, double bytes) {
    ledger->taken -= bytes;
}
