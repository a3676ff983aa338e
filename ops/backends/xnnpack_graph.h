/* A net as XNNPACK runs it: parts in turn, each a runtime made of a subgraph, or the few operators
 * that its subgraphs lack but its operators have (concat, channel_shuffle).
 *
 * lc__xn_plan() cuts the net and gives every tensor that crosses a cut a buffer; then each part is
 * built (xnnpack_ops.c, xnnpack_parts.c) on buffers that stand.
 */
#ifndef BACKENDS_XNNPACK_GRAPH_H
#define BACKENDS_XNNPACK_GRAPH_H

#include "arena.h"
#include "impl.h"
#include "latcast/net.h"
#include "xnnpack_lib.h"

/* A value of the subgraph of part number `part`. */
typedef struct lc__xn_id {
    uint32_t id;
    int part;
} lc__xn_id;

/* The output of a node. */
typedef struct lc__xn_tensor {
    lc_dtype dtype;              /* stored in; f32 or int8 */
    int part;                    /* that makes it; -1 for an input of the net */
    lc__life life;               /* in parts; size 0 where it stays inside its part */
    char *data;                  /* its buffer, NULL where it stays inside */
    lc__xn_id stored, converted; /* its values, as stored and in the other dtype */
} lc__xn_tensor;

typedef struct lc__xn_part {
    xnn_runtime_t runtime; /* NULL: operators */
    xnn_operator_t operators[LC_OP_MAX_INPUTS];
    int n_operators;
} lc__xn_part;

typedef struct lc__xn_graph {
    const lc__xnn *xn;
    const lc_net *net;
    uint64_t seed;
    lc_dtype dtype;         /* of operators that name none */
    pthreadpool_t pool;     /* NULL for one thread */
    bool *needed;           /* [nodes] */
    lc__xn_tensor *tensors; /* [nodes] */
    lc__xn_part *parts;
    int n_parts;
    char *arena;
    void **constants; /* XNNPACK wants weights to outlive its runtimes */
    int n_constants, room_constants;
    /* While building: */
    xnn_subgraph_t subgraph;
    int node, part;
    lc_dtype type;   /* that the node computes in: f32 or int8 */
    uint32_t result; /* its result in that */
    float *drawn;    /* its weights */
    double drawn_bytes;
    lc__ledger *ledger;
    lc__life *inner; /* [room_inner] by id: values that stay inside the part, in nodes */
    size_t room_inner;
    lc_error *err;
} lc__xn_graph;

/* All functions that return lc_status fill graph->err on failure. */

#define LC__XN_TRY(graph, what, call)                                                              \
    do {                                                                                           \
        enum xnn_status lc__try = (call);                                                          \
        if (lc__try != xnn_status_success) {                                                       \
            return lc__xn_failed((graph), (what), lc__try);                                        \
        }                                                                                          \
    } while (0)
lc_status lc__xn_no_memory(lc__xn_graph *g);
lc_status lc__xn_failed(lc__xn_graph *g, const char *what, enum xnn_status status);

/* True for operators that make a part of their own. */
bool lc__xn_stands_apart(lc_op_type type);

/* Cuts the net into parts and places the buffers between them. */
lc_status lc__xn_plan(lc__xn_graph *g);

/* Counts bytes that the node being built is about to take; those of XNNPACK's own copy of the
 * weights of a product, `outputs` of `channels` and `taps` per group, and of a depthwise one; of
 * its pointers to what lies under the windows of a product, and of one that shares them. */
lc_status lc__xn_count(lc__xn_graph *g, double bytes);
lc_status lc__xn_count_product(lc__xn_graph *g, double groups, double outputs, double channels,
                               double taps);
lc_status lc__xn_count_depthwise(lc__xn_graph *g, double channels, double taps);
lc_status lc__xn_count_taps(lc__xn_graph *g, const lc_op *op, lc_shape out);
lc_status lc__xn_count_shared_taps(lc__xn_graph *g, const lc_op *op, lc_shape out);

/* The node being built makes value `id` of `size` bytes inside the part, or reads it. Then what
 * XNNPACK will take for all of them is counted. */
lc_status lc__xn_note_value(lc__xn_graph *g, uint32_t id, size_t size);
void lc__xn_note_reader(lc__xn_graph *g, uint32_t id);
lc_status lc__xn_count_values(lc__xn_graph *g);

/* `size` bytes that live as long as the graph. */
lc_status lc__xn_keep(lc__xn_graph *g, size_t size, void **data);

/* Draws the weights of the node being built; they live until the next are drawn. */
lc_status lc__xn_draw(lc__xn_graph *g, float **weights);

/* Values of the subgraph being built, in the dtype computed in: the output of node `node`, the
 * output of the node being built, and one in between, which is of `type`. */
lc_status lc__xn_value(lc__xn_graph *g, int node, uint32_t *id);
lc_status lc__xn_result(lc__xn_graph *g, uint32_t *id);
lc_status lc__xn_between(lc__xn_graph *g, lc_dtype type, lc_shape shape, uint32_t *id);

/* A number to combine with tensors of the dtype computed in. */
lc_status lc__xn_scalar(lc__xn_graph *g, float value, uint32_t *id);

/* `to` = `from`, of another dtype. */
lc_status lc__xn_convert(lc__xn_graph *g, uint32_t from, uint32_t to);

/* Converts the result of the node being built to what it is stored in, if that differs. */
lc_status lc__xn_store(lc__xn_graph *g);

/* Weights of a product as it takes them. */
typedef struct lc__xn_weights {
    uint32_t filter, bias; /* values; XNN_INVALID_VALUE_ID for no bias */
} lc__xn_weights;

/* Copies f32 weights[outputs][depth] and bias[outputs] (or NULL) in that form; dims[n_dims] are
 * those of the filter, of which `channel` is the outputs. Where that is the last one the weights
 * are turned to [depth][outputs]. */
lc_status lc__xn_weights_of(lc__xn_graph *g, const float *weights, const float *bias, size_t n_dims,
                            const size_t *dims, size_t channel, lc__xn_weights *w);

/* Adds the node being built to the subgraph, or to its part. */
typedef lc_status lc__xn_op_fn(lc__xn_graph *g, const lc_node *node);
lc__xn_op_fn lc__xn_conv2d, lc__xn_linear, lc__xn_pool, lc__xn_global_avg_pool, lc__xn_combine,
    lc__xn_activation, lc__xn_softmax, lc__xn_squeeze_excite, lc__xn_zero;
lc__xn_op_fn lc__xn_concat, lc__xn_channel_shuffle;

void lc__xn_release(lc__xn_graph *g);

#endif
