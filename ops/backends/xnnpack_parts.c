/* Operators that XNNPACK has, but its subgraphs have not: each is a part of its own. */
#include "xnnpack_graph.h"

static size_t pixels_of(lc_shape s) {
    return (size_t)s.n * (size_t)s.h * (size_t)s.w;
}

/* What values are moved as. */
static bool is_narrow(const lc__xn_graph *g) {
    return g->type == LC_DTYPE_INT8;
}

static xnn_operator_t *new_operator(lc__xn_graph *g) {
    lc__xn_part *part = &g->parts[g->part];
    return &part->operators[part->n_operators];
}

/* Copies rows of `channels` values, the rows of `to` being `stride` values apart. */
static lc_status copy_rows(lc__xn_graph *g, const void *from, void *to, size_t rows,
                           size_t channels, size_t stride) {
    const lc__xnn *xn = g->xn;
    xnn_operator_t *op = new_operator(g);
    LC__XN_TRY(g, "choice of a kernel",
               (is_narrow(g) ? xn->create_copy_nc_x8 : xn->create_copy_nc_x32)(channels, channels,
                                                                               stride, 0, op));
    g->parts[g->part].n_operators++;
    LC__XN_TRY(g, "set-up",
               (is_narrow(g) ? xn->setup_copy_nc_x8 : xn->setup_copy_nc_x32)(*op, rows, from, to,
                                                                             g->pool));
    return LC_OK;
}

/* What only moves values takes them as it leaves them. */
static lc_status check_inputs(lc__xn_graph *g, const lc_node *node) {
    for (int i = 0; i < node->n_inputs; i++) {
        lc_dtype dtype = g->tensors[node->inputs[i]].dtype;
        if (dtype != g->type) {
            return lc_error_set(g->err, LC_EUNSUPPORTED,
                                "node %s: backend xnnpack has no %s from %s to %s; use backend "
                                "native",
                                node->id, lc_op_type_name(node->op.type), lc_dtype_name(dtype),
                                lc_dtype_name(g->type));
        }
    }
    return LC_OK;
}

lc_status lc__xn_concat(lc__xn_graph *g, const lc_node *node) {
    char *to = g->tensors[g->node].data;
    LC__TRY(check_inputs(g, node));
    for (int i = 0; i < node->n_inputs; i++) {
        size_t channels = (size_t)lc_net_node(g->net, node->inputs[i])->shape.c;
        LC__TRY(copy_rows(g, g->tensors[node->inputs[i]].data, to, pixels_of(node->shape), channels,
                          (size_t)node->shape.c));
        to += channels * lc_dtype_size(g->type);
    }
    return LC_OK;
}

lc_status lc__xn_channel_shuffle(lc__xn_graph *g, const lc_node *node) {
    const lc__xnn *xn = g->xn;
    const void *from = g->tensors[node->inputs[0]].data;
    void *to = g->tensors[g->node].data;
    size_t c = (size_t)node->shape.c, groups = (size_t)node->op.groups;
    LC__TRY(check_inputs(g, node));
    if (groups == 1 || groups == c) { /* XNNPACK takes no shuffle that moves nothing */
        return copy_rows(g, from, to, pixels_of(node->shape), c, c);
    }
    xnn_operator_t *op = new_operator(g);
    LC__XN_TRY(g, "choice of a kernel",
               (is_narrow(g) ? xn->create_channel_shuffle_nc_x8
                             : xn->create_channel_shuffle_nc_x32)(groups, c / groups, c, c, 0, op));
    g->parts[g->part].n_operators++;
    LC__XN_TRY(g, "set-up",
               (is_narrow(g) ? xn->setup_channel_shuffle_nc_x8 : xn->setup_channel_shuffle_nc_x32)(
                   *op, pixels_of(node->shape), from, to, g->pool));
    return LC_OK;
}
