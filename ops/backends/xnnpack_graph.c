#include "xnnpack_graph.h"

#include <stdlib.h>

#include "weights.h"

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

static lc_status no_memory(lc__xn_graph *g) {
    return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"", lc_net_name(g->net));
}

/* --- parts and the buffers between them ----------------------------------------------------- */

bool lc__xn_stands_apart(lc_op_type type) {
    return type == LC_OP_CONCAT || type == LC_OP_CHANNEL_SHUFFLE;
}

/* A tensor that part number `part` reads, or that is read after the last part. */
static void reaches(lc__xn_graph *g, int node, int part) {
    lc__xn_tensor *t = &g->tensors[node];
    if (t->part == part) {
        return;
    }
    /* XNNPACK reads beyond the end of what it is given. */
    t->life.size =
        (size_t)lc_shape_count(lc_net_node(g->net, node)->shape) * sizeof(float) + XNN_EXTRA_BYTES;
    t->life.first = t->part < 0 ? 0 : t->part;
    if (t->life.last < part) {
        t->life.last = part;
    }
}

/* Numbers the parts in the order of the nodes, which is topological. */
static void cut(lc__xn_graph *g) {
    bool apart = true; /* what comes next begins a part */
    for (int i = 0; i < lc_net_size(g->net); i++) {
        const lc_node *node = lc_net_node(g->net, i);
        g->tensors[i] = (lc__xn_tensor){.part = -1, .id_part = -1, .life.last = -1};
        if (!g->needed[i] || node->op.type == LC_OP_INPUT) {
            continue;
        }
        bool own = lc__xn_stands_apart(node->op.type);
        g->n_parts += own || apart;
        apart = own;
        g->tensors[i].part = g->n_parts - 1;
        for (int k = 0; k < node->n_inputs; k++) {
            reaches(g, node->inputs[k], g->n_parts - 1);
        }
    }
    reaches(g, lc_net_output(g->net), g->n_parts);
    for (int i = 0; i < lc_net_size(g->net); i++) {
        if (g->tensors[i].part < 0 && g->tensors[i].life.size > 0) {
            g->tensors[i].life.last = g->n_parts; /* inputs are set once, and read by every run */
        }
    }
}

lc_status lc__xn_plan(lc__xn_graph *g) {
    size_t nodes = (size_t)lc_net_size(g->net), total = 0;
    cut(g);
    g->parts = calloc((size_t)g->n_parts + 1, sizeof *g->parts);
    lc__life *lives = calloc(nodes, sizeof *lives);
    if (g->parts == NULL || lives == NULL) {
        free(lives);
        return no_memory(g);
    }
    for (size_t i = 0; i < nodes; i++) {
        lives[i] = g->tensors[i].life;
    }
    lc_status status = lc__arena_plan(lives, nodes, &total, g->err);
    g->arena = status == LC_OK ? lc__arena_alloc(total) : NULL;
    for (size_t i = 0; g->arena != NULL && i < nodes; i++) {
        g->tensors[i].data = lives[i].size > 0 ? g->arena + lives[i].offset : NULL;
    }
    free(lives);
    LC__TRY(status);
    return g->arena == NULL ? no_memory(g) : LC_OK;
}

/* --- constants ------------------------------------------------------------------------------ */

lc_status lc__xn_keep(lc__xn_graph *g, size_t size, void **data) {
    if (g->n_constants == g->room_constants) {
        int room = g->room_constants > 0 ? 2 * g->room_constants : 64;
        void **grown = realloc(g->constants, (size_t)room * sizeof *grown);
        if (grown == NULL) {
            return no_memory(g);
        }
        g->constants = grown;
        g->room_constants = room;
    }
    *data = malloc(size + XNN_EXTRA_BYTES);
    if (*data == NULL) {
        return no_memory(g);
    }
    g->constants[g->n_constants++] = *data;
    return LC_OK;
}

lc_status lc__xn_weights(lc__xn_graph *g, float **weights) {
    const lc_node *node = lc_net_node(g->net, g->node);
    lc_shape in = lc_net_node(g->net, node->inputs[0])->shape;
    void *data = NULL;
    LC__TRY(lc__xn_keep(g, (size_t)lc_op_weight_count(&node->op, in) * sizeof(float), &data));
    *weights = data;
    lc__weights_draw(g->net, g->node, g->seed, *weights);
    return LC_OK;
}

/* --- values --------------------------------------------------------------------------------- */

static lc_status define(lc__xn_graph *g, lc_shape s, uint32_t external, uint32_t flags,
                        uint32_t *id) {
    const size_t dims[] = {(size_t)s.n, (size_t)s.h, (size_t)s.w, (size_t)s.c};
    LC__XN_TRY(g, "tensor",
               g->xn->define_tensor_value(g->subgraph, xnn_datatype_fp32, 4, dims, NULL, external,
                                          flags, id));
    return LC_OK;
}

/* Values that cross a cut go by the number of their node. */
static lc_status define_output(lc__xn_graph *g, int node, uint32_t flags) {
    lc__xn_tensor *t = &g->tensors[node];
    bool crosses = t->data != NULL;
    LC__TRY(define(g, lc_net_node(g->net, node)->shape,
                   crosses ? (uint32_t)node : XNN_INVALID_VALUE_ID, crosses ? flags : 0, &t->id));
    t->id_part = g->part;
    return LC_OK;
}

lc_status lc__xn_value(lc__xn_graph *g, int node, uint32_t *id) {
    lc__xn_tensor *t = &g->tensors[node];
    if (t->id_part != g->part) {
        LC__TRY(define_output(g, node, XNN_VALUE_FLAG_EXTERNAL_INPUT));
    }
    *id = t->id;
    return LC_OK;
}

lc_status lc__xn_result(lc__xn_graph *g, uint32_t *id) {
    LC__TRY(define_output(g, g->node, XNN_VALUE_FLAG_EXTERNAL_OUTPUT));
    *id = g->tensors[g->node].id;
    return LC_OK;
}

lc_status lc__xn_between(lc__xn_graph *g, lc_shape shape, uint32_t *id) {
    return define(g, shape, XNN_INVALID_VALUE_ID, 0, id);
}

lc_status lc__xn_constant(lc__xn_graph *g, size_t n_dims, const size_t *dims, const float *data,
                          uint32_t *id) {
    LC__XN_TRY(g, "constant",
               g->xn->define_tensor_value(g->subgraph, xnn_datatype_fp32, n_dims, dims, data,
                                          XNN_INVALID_VALUE_ID, 0, id));
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
    free(g->parts);
    free(g->tensors);
    free(g->needed);
    free(g->arena);
    free(g);
}
