#include "xnnpack_graph.h"

#include <stdlib.h>

#include "kernels/quant.h"

lc_status lc__xn_failed(lc__xn_graph *g, const char *what, enum xnn_status status) {
    static const char *const meanings[] = {
        "success",       "not initialised",       "invalid parameter",
        "invalid state", "unsupported parameter", "unsupported hardware",
        "out of memory"};
    size_t n = sizeof meanings / sizeof meanings[0];
    const lc_node *node = lc_net_node(g->net, g->node);
    lc_status code = status == xnn_status_out_of_memory           ? LC_ENOMEM
                     : status == xnn_status_unsupported_parameter ? LC_EUNSUPPORTED
                                                                  : LC_ERUNTIME;
    return lc_error_set(g->err, code, "node %s (%s): XNNPACK failed at the %s: %s", node->id,
                        lc_op_type_name(node->op.type), what,
                        (size_t)status < n ? meanings[status] : "unknown status");
}

lc_status lc__xn_no_memory(lc__xn_graph *g) {
    return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"", lc_net_name(g->net));
}

/* --- parts and the buffers between them ----------------------------------------------------- */

bool lc__xn_stands_apart(lc_op_type type) {
    return type == LC_OP_CONCAT || type == LC_OP_CHANNEL_SHUFFLE;
}

static lc_dtype dtype_of(const lc__xn_graph *g, int node) {
    lc_dtype own = lc_net_node(g->net, node)->op.dtype;
    return own == LC_DTYPE_ANY ? g->dtype : own;
}

/* A tensor that part number `part` reads, or that is read after the last part. */
static void reaches(lc__xn_graph *g, int node, int part) {
    lc__xn_tensor *t = &g->tensors[node];
    if (t->part == part) {
        return;
    }
    /* XNNPACK reads beyond the end of what it is given. */
    t->life.size =
        (size_t)lc_shape_count(lc_net_node(g->net, node)->shape) * lc_dtype_size(t->dtype) +
        XNN_EXTRA_BYTES;
    t->life.first = t->part < 0 ? 0 : t->part;
    if (t->life.last < part) {
        t->life.last = part;
    }
}

/* Input `input` is read by node `reader`, whose dtype it takes if it names none and nobody has read
 * it before. */
static void reads(lc__xn_graph *g, int reader, int input, int part) {
    const lc_node *node = lc_net_node(g->net, input);
    if (node->op.type == LC_OP_INPUT && node->op.dtype == LC_DTYPE_ANY &&
        g->tensors[input].life.size == 0) {
        g->tensors[input].dtype = dtype_of(g, reader);
    }
    reaches(g, input, part);
}

/* Numbers the parts in the order of the nodes, which is topological. */
static void cut(lc__xn_graph *g) {
    bool apart = true; /* what comes next begins a part */
    for (int i = 0; i < lc_net_size(g->net); i++) {
        const lc_node *node = lc_net_node(g->net, i);
        g->tensors[i] = (lc__xn_tensor){.dtype = dtype_of(g, i),
                                        .part = -1,
                                        .life.last = -1,
                                        .stored.part = -1,
                                        .converted.part = -1};
        if (!g->needed[i] || node->op.type == LC_OP_INPUT) {
            continue;
        }
        bool own = lc__xn_stands_apart(node->op.type);
        g->n_parts += own || apart;
        apart = own;
        g->tensors[i].part = g->n_parts - 1;
        for (int k = 0; k < node->n_inputs; k++) {
            reads(g, i, node->inputs[k], g->n_parts - 1);
        }
    }
    reaches(g, lc_net_output(g->net), g->n_parts);
    for (int i = 0; i < lc_net_size(g->net); i++) {
        if (g->tensors[i].part < 0 && g->tensors[i].life.size > 0) {
            g->tensors[i].life.last = g->n_parts; /* inputs are set once, and read by every run */
        }
    }
}

static int largest(const lc__life *lives, size_t n) {
    size_t most = 0;
    for (size_t i = 1; i < n; i++) {
        most = lives[i].size > lives[most].size ? i : most;
    }
    return (int)most;
}

lc_status lc__xn_plan(lc__xn_graph *g) {
    size_t nodes = (size_t)lc_net_size(g->net), total = 0;
    cut(g);
    g->parts = calloc((size_t)g->n_parts + 1, sizeof *g->parts);
    lc__life *lives = calloc(nodes, sizeof *lives);
    if (g->parts == NULL || lives == NULL) {
        free(lives);
        return lc__xn_no_memory(g);
    }
    for (size_t i = 0; i < nodes; i++) {
        lives[i] = g->tensors[i].life;
    }
    lc_status status = lc__arena_plan(lives, nodes, &total, g->err);
    if (status == LC_OK) {
        g->node = largest(lives, nodes);
        status =
            lc__ledger_take(g->ledger, g->node, (double)lives[g->node].size, (double)total, g->err);
    }
    g->arena = status == LC_OK ? lc__arena_alloc(total) : NULL;
    for (size_t i = 0; g->arena != NULL && i < nodes; i++) {
        g->tensors[i].data = lives[i].size > 0 ? g->arena + lives[i].offset : NULL;
    }
    free(lives);
    LC__TRY(status);
    return g->arena == NULL ? lc__xn_no_memory(g) : LC_OK;
}

/* --- constants ------------------------------------------------------------------------------ */

lc_status lc__xn_keep(lc__xn_graph *g, size_t size, void **data) {
    if (g->n_constants == g->room_constants) {
        int room = g->room_constants > 0 ? 2 * g->room_constants : 64;
        void **grown = realloc(g->constants, (size_t)room * sizeof *grown);
        if (grown == NULL) {
            return lc__xn_no_memory(g);
        }
        g->constants = grown;
        g->room_constants = room;
    }
    LC__TRY(lc__xn_count(g, (double)size));
    *data = malloc(size + XNN_EXTRA_BYTES);
    if (*data == NULL) {
        return lc__xn_no_memory(g);
    }
    g->constants[g->n_constants++] = *data;
    return LC_OK;
}

/* --- values --------------------------------------------------------------------------------- */

static lc_status define(lc__xn_graph *g, lc_dtype type, lc_shape s, uint32_t external,
                        uint32_t flags, uint32_t *id) {
    const size_t dims[] = {(size_t)s.n, (size_t)s.h, (size_t)s.w, (size_t)s.c};
    if (type == LC_DTYPE_INT8) {
        LC__XN_TRY(g, "tensor",
                   g->xn->define_quantized_tensor_value(g->subgraph, xnn_datatype_qint8, 0,
                                                        lc__dtype_step(type), 4, dims, NULL,
                                                        external, flags, id));
    } else {
        LC__XN_TRY(g, "tensor",
                   g->xn->define_tensor_value(g->subgraph, xnn_datatype_fp32, 4, dims, NULL,
                                              external, flags, id));
    }
    if (external != XNN_INVALID_VALUE_ID) {
        return LC_OK;
    }
    return lc__xn_note_value(g, *id, (size_t)lc_shape_count(s) * lc_dtype_size(type));
}

/* Values that cross a cut go by the number of their node. */
static lc_status define_stored(lc__xn_graph *g, int node, uint32_t flags) {
    lc__xn_tensor *t = &g->tensors[node];
    bool crosses = t->data != NULL;
    LC__TRY(define(g, t->dtype, lc_net_node(g->net, node)->shape,
                   crosses ? (uint32_t)node : XNN_INVALID_VALUE_ID, crosses ? flags : 0,
                   &t->stored.id));
    t->stored.part = g->part;
    return LC_OK;
}

lc_status lc__xn_convert(lc__xn_graph *g, uint32_t from, uint32_t to) {
    LC__XN_TRY(g, "conversion", g->xn->define_convert(g->subgraph, from, to, 0));
    return LC_OK;
}

lc_status lc__xn_value(lc__xn_graph *g, int node, uint32_t *id) {
    lc__xn_tensor *t = &g->tensors[node];
    if (t->stored.part != g->part) {
        LC__TRY(define_stored(g, node, XNN_VALUE_FLAG_EXTERNAL_INPUT));
    }
    lc__xn_note_reader(g, t->stored.id);
    if (t->dtype == g->type) {
        *id = t->stored.id;
        return LC_OK;
    }
    if (t->converted.part != g->part) {
        LC__TRY(lc__xn_between(g, g->type, lc_net_node(g->net, node)->shape, &t->converted.id));
        LC__TRY(lc__xn_convert(g, t->stored.id, t->converted.id));
        t->converted.part = g->part;
    }
    lc__xn_note_reader(g, t->converted.id);
    *id = t->converted.id;
    return LC_OK;
}

lc_status lc__xn_result(lc__xn_graph *g, uint32_t *id) {
    lc__xn_tensor *t = &g->tensors[g->node];
    LC__TRY(define_stored(g, g->node, XNN_VALUE_FLAG_EXTERNAL_OUTPUT));
    g->result = t->stored.id;
    if (t->dtype != g->type) {
        LC__TRY(lc__xn_between(g, g->type, lc_net_node(g->net, g->node)->shape, &g->result));
    }
    *id = g->result;
    return LC_OK;
}

lc_status lc__xn_store(lc__xn_graph *g) {
    const lc__xn_tensor *t = &g->tensors[g->node];
    return t->dtype == g->type ? LC_OK : lc__xn_convert(g, g->result, t->stored.id);
}

lc_status lc__xn_between(lc__xn_graph *g, lc_dtype type, lc_shape shape, uint32_t *id) {
    return define(g, type, shape, XNN_INVALID_VALUE_ID, 0, id);
}

lc_status lc__xn_scalar(lc__xn_graph *g, float value, uint32_t *id) {
    const size_t one = 1;
    void *data = NULL;
    LC__TRY(lc__xn_keep(g, sizeof(float), &data));
    lc__store_row(lc__format_new(g->type, 0), &value, 1, data);
    if (g->type == LC_DTYPE_INT8) {
        LC__XN_TRY(g, "constant",
                   g->xn->define_quantized_tensor_value(g->subgraph, xnn_datatype_qint8, 0,
                                                        lc__dtype_step(g->type), 1, &one, data,
                                                        XNN_INVALID_VALUE_ID, 0, id));
    } else {
        LC__XN_TRY(g, "constant",
                   g->xn->define_tensor_value(g->subgraph, xnn_datatype_fp32, 1, &one, data,
                                              XNN_INVALID_VALUE_ID, 0, id));
    }
    return LC_OK;
}

void lc__xn_release(lc__xn_graph *g) {
    if (g->subgraph != NULL) {
        g->xn->delete_subgraph(g->subgraph);
    }
    for (int i = 0; g->parts != NULL && i < g->n_parts; i++) {
        lc__xn_part *part = &g->parts[i];
        if (part->runtime != NULL) {
            g->xn->delete_runtime(part->runtime);
        }
        for (int k = 0; k < part->n_operators; k++) {
            g->xn->delete_operator(part->operators[k]);
        }
    }
    if (g->pool != NULL) {
        g->xn->pool_destroy(g->pool);
    }
    for (int i = 0; i < g->n_constants; i++) {
        free(g->constants[i]);
    }
    free(g->constants);
    free(g->drawn);
    free(g->inner);
    free(g->parts);
    free(g->tensors);
    free(g->needed);
    free(g->arena);
    free(g);
}
