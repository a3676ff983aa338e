/* XNNPACK: whole nets through its subgraph interface, on its own thread pool. */
#include <stdlib.h>

#include "impl.h"
#include "kernels/quant.h"
#include "xnnpack_graph.h"

static lc__xn_op_fn *const operators[LC_OP_COUNT] = {
    [LC_OP_CONV2D] = lc__xn_conv2d,
    [LC_OP_LINEAR] = lc__xn_linear,
    [LC_OP_SOFTMAX] = lc__xn_softmax,
    [LC_OP_MAX_POOL] = lc__xn_pool,
    [LC_OP_AVG_POOL] = lc__xn_pool,
    [LC_OP_GLOBAL_AVG_POOL] = lc__xn_global_avg_pool,
    [LC_OP_ADD] = lc__xn_combine,
    [LC_OP_MUL] = lc__xn_combine,
    [LC_OP_CONCAT] = lc__xn_concat,
    [LC_OP_CHANNEL_SHUFFLE] = lc__xn_channel_shuffle,
    [LC_OP_ACTIVATION] = lc__xn_activation,
    [LC_OP_SQUEEZE_EXCITE] = lc__xn_squeeze_excite,
    [LC_OP_ZERO] = lc__xn_zero,
};

static lc_status open_xnnpack(const lc_exec_config *config, lc_backend_info *info, lc_error *err) {
    const lc__xnn *xn = NULL;
    if (config->isa != NULL && config->isa[0] != '\0') {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend xnnpack takes no cap on the instruction set (\"%s\"): it "
                            "uses the best that it knows; leave the cap out",
                            config->isa);
    }
    return lc__xnn_open(&xn, info, err);
}

/* What XNNPACK computes an operator in whose dtype is int8: that, or f32 between conversions. */
static lc_dtype int8_type(const lc_op *op) {
    switch (op->type) {
    case LC_OP_AVG_POOL:
    case LC_OP_SOFTMAX:
    case LC_OP_SQUEEZE_EXCITE:
        return LC_DTYPE_F32;
    default:
        return LC_DTYPE_INT8;
    }
}

static lc_status build_node(lc__xn_graph *g, int i) {
    const lc_node *node = lc_net_node(g->net, i);
    lc_dtype dtype = g->tensors[i].dtype;
    g->node = i;
    g->type = dtype == LC_DTYPE_INT8 ? int8_type(&node->op) : dtype;
    LC__TRY(operators[node->op.type](g, node));
    return lc__xn_stands_apart(node->op.type) ? LC_OK : lc__xn_store(g);
}

/* All nodes of part g->part, whose first is g->node. */
static lc_status build_nodes(lc__xn_graph *g) {
    for (int i = g->node; i < lc_net_size(g->net); i++) {
        if (g->tensors[i].part == g->part) {
            LC__TRY(build_node(g, i));
        }
    }
    return LC_OK;
}

/* Tells the runtime where the values are that come from or go to other parts. */
static lc_status connect(lc__xn_graph *g, xnn_runtime_t runtime) {
    size_t nodes = (size_t)lc_net_size(g->net), n = 0;
    struct xnn_external_value *values = calloc(nodes, sizeof *values);
    if (values == NULL) {
        return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"",
                            lc_net_name(g->net));
    }
    for (size_t i = 0; i < nodes; i++) {
        const lc__xn_tensor *t = &g->tensors[i];
        if (t->stored.part == g->part && t->data != NULL) {
            values[n++] = (struct xnn_external_value){.id = t->stored.id, .data = t->data};
        }
    }
    enum xnn_status status = g->xn->setup_runtime(runtime, n, values);
    free(values);
    LC__XN_TRY(g, "set-up", status);
    return LC_OK;
}

static lc_status build_runtime(lc__xn_graph *g) {
    lc__xn_part *part = &g->parts[g->part];
    LC__XN_TRY(g, "subgraph",
               g->xn->create_subgraph((uint32_t)lc_net_size(g->net), 0, &g->subgraph));
    LC__TRY(build_nodes(g));
    LC__TRY(lc__xn_count_values(g));
    LC__XN_TRY(g, "choice of kernels",
               g->xn->create_runtime_v2(g->subgraph, g->pool, 0, &part->runtime));
    g->xn->delete_subgraph(g->subgraph);
    g->subgraph = NULL;
    return connect(g, part->runtime);
}

static lc_status build_parts(lc__xn_graph *g) {
    int first = 0;
    for (g->part = 0; g->part < g->n_parts; g->part++) {
        while (g->tensors[first].part != g->part) {
            first++;
        }
        g->node = first;
        if (lc__xn_stands_apart(lc_net_node(g->net, first)->op.type)) {
            LC__TRY(build_node(g, first));
        } else {
            LC__TRY(build_runtime(g));
        }
    }
    return LC_OK;
}

static lc_status build(lc__xn_graph *g, int threads) {
    size_t nodes = (size_t)lc_net_size(g->net);
    g->needed = calloc(nodes, sizeof *g->needed);
    g->tensors = calloc(nodes, sizeof *g->tensors);
    g->pool = threads > 1 ? g->xn->pool_create((size_t)threads) : NULL;
    if (g->needed == NULL || g->tensors == NULL || (threads > 1 && g->pool == NULL)) {
        return lc_error_set(g->err, LC_ENOMEM, "no memory or threads to prepare net \"%s\"",
                            lc_net_name(g->net));
    }
    lc_net_needed(g->net, g->needed);
    for (int i = 0; i < lc_net_size(g->net); i++) {
        lc_op_type type = lc_net_node(g->net, i)->op.type;
        if (g->needed[i] && type != LC_OP_INPUT && operators[type] == NULL) {
            return lc__no_operator("xnnpack", g->net, i, g->err);
        }
        if (g->needed[i]) {
            LC__TRY(lc__all_bits("xnnpack", g->net, i, g->err));
        }
    }
    LC__TRY(lc__xn_plan(g));
    LC__TRY(build_parts(g));
    free(g->drawn);
    g->drawn = NULL;
    lc__ledger_give(g->ledger, g->drawn_bytes);
    return LC_OK;
}

static lc_status prepare(const lc_net *net, const lc_exec_config *config, lc__ledger *ledger,
                         void **state, lc_error *err) {
    lc_backend_info info;
    const lc__xnn *xn = NULL;
    LC__TRY(lc__xnn_open(&xn, &info, err));
    lc__xn_graph *g = calloc(1, sizeof *g);
    if (g == NULL) {
        return lc_error_set(err, LC_ENOMEM, "no memory to prepare net \"%s\"", lc_net_name(net));
    }
    *g = (lc__xn_graph){
        .xn = xn, .net = net, .seed = config->weight_seed, .ledger = ledger, .err = err};
    g->dtype = config->dtype == LC_DTYPE_ANY ? LC_DTYPE_F32 : config->dtype;
    lc_status status = build(g, config->threads);
    g->err = NULL;
    g->ledger = NULL;
    if (status != LC_OK) {
        lc__xn_release(g);
        return status;
    }
    *state = g;
    return LC_OK;
}

static void release(void *state) {
    lc__xn_release(state);
}

static lc_status set_input(void *state, const lc__rows *rows, const float *data, lc_error *err) {
    const lc__xn_graph *g = state;
    const lc__xn_tensor *t = &g->tensors[rows->node];
    (void)err;
    if (t->data != NULL) {
        lc__store_row(lc__format_new(t->dtype, 0), data, lc__rows_values(g->net, rows),
                      t->data + lc__rows_before(g->net, rows) * lc_dtype_size(t->dtype));
    }
    return LC_OK;
}

static enum xnn_status run_part(const lc__xn_graph *g, const lc__xn_part *part) {
    enum xnn_status status = xnn_status_success;
    if (part->runtime != NULL) {
        return g->xn->invoke_runtime(part->runtime);
    }
    for (int i = 0; status == xnn_status_success && i < part->n_operators; i++) {
        status = g->xn->run_operator(part->operators[i], g->pool);
    }
    return status;
}

static lc_status run(void *state, lc_error *err) {
    const lc__xn_graph *g = state;
    for (int i = 0; i < g->n_parts; i++) {
        enum xnn_status status = run_part(g, &g->parts[i]);
        if (status != xnn_status_success) {
            return lc_error_set(err, LC_ERUNTIME,
                                "XNNPACK failed in part %d of net \"%s\": status %d", i,
                                lc_net_name(g->net), (int)status);
        }
    }
    return LC_OK;
}

static lc_status output(const void *state, float *data, size_t count, lc_error *err) {
    const lc__xn_graph *g = state;
    const lc__xn_tensor *t = &g->tensors[lc_net_output(g->net)];
    (void)err;
    lc__load_row(t->dtype, t->data, count, data);
    return LC_OK;
}

const lc_backend lc__backend_xnnpack = {
    .name = "xnnpack",
    .dtypes = LC__DTYPE_BIT(F32) | LC__DTYPE_BIT(INT8),
    .open = open_xnnpack,
    .prepare = prepare,
    .release = release,
    .set_input = set_input,
    .run = run,
    .output = output,
};
