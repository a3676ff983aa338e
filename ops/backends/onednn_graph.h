/* A net as a list of oneDNN primitives with everything they need at hand.
 *
 * Building: the operators (onednn_windows.c, onednn_ops.c, onednn_tokens.c) append steps that name
 * buffers. Then lc__dn_finish() plans the buffers, points every argument at its memory, and a run
 * is nothing but the primitives in turn.
 */
#ifndef BACKENDS_ONEDNN_GRAPH_H
#define BACKENDS_ONEDNN_GRAPH_H

#include "arena.h"
#include "impl.h"
#include "latcast/net.h"
#include "onednn_lib.h"

/* A buffer: planned into the arena, or with memory of its own (weights, inputs). */
typedef struct lc__dn_buffer {
    lc__life life;
    void *own; /* NULL = planned */
} lc__dn_buffer;

/* The output of a node, in the layout that its maker chose. Inputs leave the choice to the first
 * that reads them (`open`), so that a net, or a single operator, begins in the layout it wants. */
typedef struct lc__dn_tensor {
    dnnl_memory_desc_t md; /* dimensions N, C, H, W whatever the layout */
    int buffer;            /* -1: none yet */
    bool open;
    dnnl_memory_desc_t other_md; /* the same data after the last reorder of it */
    int other_buffer;            /* -1: none */
} lc__dn_tensor;

/* An argument of a step. */
typedef struct lc__dn_use {
    int name; /* DNNL_ARG_... */
    int buffer;
    const dnnl_memory_desc_t *md;
    int64_t offset; /* values from the start of the buffer */
} lc__dn_use;

/* What a node does besides its own operator. */
typedef struct lc__dn_fusion {
    lc_act act; /* its activation: its own, or that of a node inside it */
    int tail;   /* the node whose output it makes: itself, or the last one inside it */
    int addend; /* the node whose output it adds to its own and overwrites with the sum; -1: none */
    int add;    /* the add inside it, where there is an addend */
    bool inside; /* done by another node */
} lc__dn_fusion;

#define LC__DN_MAX_ARGS (LC_OP_MAX_INPUTS + 2) /* of a concat: inputs, output, scratchpad */

typedef struct lc__dn_step {
    dnnl_primitive_t primitive;
    int n_args;
    dnnl_exec_arg_t args[LC__DN_MAX_ARGS];
    int buffers[LC__DN_MAX_ARGS];
    int64_t offsets[LC__DN_MAX_ARGS]; /* bytes */
} lc__dn_step;

typedef struct lc__dn_graph {
    const lc__dnnl *dn;
    const lc_net *net;
    uint64_t seed;
    lc_dtype dtype; /* of operators that name none */
    int threads;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    bool *needed;           /* [nodes] */
    lc__dn_tensor *tensors; /* [nodes] */
    lc__dn_fusion *fused;   /* [nodes] */
    lc__dn_step *steps;
    int n_steps, room_steps;
    lc__dn_buffer *buffers; /* number 0 is the scratchpad that all steps share */
    int n_buffers, room_buffers;
    char *arena;
    int node;              /* being built */
    bool has_product;      /* a matrix product of two activations */
    lc__ledger *ledger;    /* while building */
    double passing;        /* bytes on it that go when the node is built */
    dnnl_data_type_t type; /* that it computes in */
    lc_error *err;         /* while building */
} lc__dn_graph;

/* All functions that return lc_status fill graph->err on failure. */

/* Returns from the caller when a call into oneDNN fails. */
#define LC__DN_TRY(graph, what, call)                                                              \
    do {                                                                                           \
        dnnl_status_t lc__try = (call);                                                            \
        if (lc__try != dnnl_success) {                                                             \
            return lc__dn_failed((graph), (what), lc__try);                                        \
        }                                                                                          \
    } while (0)
lc_status lc__dn_no_memory(lc__dn_graph *g);
lc_status lc__dn_failed(lc__dn_graph *g, const char *what, dnnl_status_t status);

/* What node `i` stores its output in, LC_DTYPE_ANY resolved; its type in oneDNN, the size of a
 * value in bytes, and what a unit stands for. */
lc_dtype lc__dn_dtype(const lc__dn_graph *g, int i);
dnnl_data_type_t lc__dn_type(lc_dtype dtype);
size_t lc__dn_size(dnnl_data_type_t type);
float lc__dn_unit(dnnl_data_type_t type);

/* A descriptor of `ndims` dimensions. */
lc_status lc__dn_md(lc__dn_graph *g, int ndims, const dnnl_dims_t dims, dnnl_data_type_t type,
                    dnnl_format_tag_t tag, dnnl_memory_desc_t *md);
/* Of a tensor (N, C, H, W) of the type computed in: dnnl_nhwc, dnnl_format_tag_any, ... */
lc_status lc__dn_tensor_md(lc__dn_graph *g, lc_shape s, dnnl_format_tag_t tag,
                           dnnl_memory_desc_t *md);
/* Of the rows of an NHWC buffer of that type: [N*H*W, C]. */
lc_status lc__dn_rows_md(lc__dn_graph *g, lc_shape s, dnnl_memory_desc_t *md);

/* Counts bytes that node g->node is about to take: for good, or until it is built. */
lc_status lc__dn_count(lc__dn_graph *g, double bytes);
lc_status lc__dn_count_passing(lc__dn_graph *g, double bytes);

/* A planned buffer of `size` bytes. */
lc_status lc__dn_buffer_new(lc__dn_graph *g, size_t size, int *buffer);

/* A buffer with `data`, laid out as `from`, in the layout `to`. */
lc_status lc__dn_constant(lc__dn_graph *g, const dnnl_memory_desc_t *from, const void *data,
                          const dnnl_memory_desc_t *to, int *buffer);

/* Settles the layout of node `node` (NHWC if it was open). */
lc_status lc__dn_settle(lc__dn_graph *g, int node);

/* The output of node `node` as it lies, in the type computed in. */
lc_status lc__dn_value(lc__dn_graph *g, int node, lc__dn_tensor *x);

/* A buffer with the data of node `node` in layout and type `md`; a reorder is appended where need
 * be. */
lc_status lc__dn_as(lc__dn_graph *g, int node, const dnnl_memory_desc_t *md, int *buffer);
/* The same, NHWC. */
lc_status lc__dn_as_rows(lc__dn_graph *g, int node, int *buffer);

/* `from_buffer`, laid out as `from`, in layout and type `to`: itself, or a new buffer by a reorder
 * step. */
lc_status lc__dn_reorder(lc__dn_graph *g, int from_buffer, const dnnl_memory_desc_t *from,
                         const dnnl_memory_desc_t *to, int *buffer);

/* Decides what runs inside what. */
void lc__dn_fuse(lc__dn_graph *g);
/* The node being built adds nothing after all: its add runs by itself. */
void lc__dn_leave_add(lc__dn_graph *g);

/* Gives the node being built its result in layout `md`: a new buffer, or that of the addend, whose
 * layout it must be. */
lc_status lc__dn_result(lc__dn_graph *g, const dnnl_memory_desc_t *md, int *buffer);
/* The same, NHWC. */
lc_status lc__dn_result_rows(lc__dn_graph *g, int *buffer);

/* What follows a product (or a sum) inside its primitive. Zeros and NULL: nothing. */
typedef struct lc__dn_epilogue {
    const float *scales; /* what a unit of the product stands for, [n_scales]: one for all or one
                            for each output channel */
    size_t n_scales;
    const dnnl_memory_desc_t *more; /* [n_more] further terms, or factors, ... */
    int n_more;
    dnnl_alg_kind_t more_alg; /* ... combined by this */
    bool sum;                 /* then adds what the output holds */
    lc_act act;               /* then */
    float step;               /* what a unit of the output stands for; 0 = 1 */
} lc__dn_epilogue;

/* True where units of the output can be computed in throughout: `act` scales with its input, or
 * cuts it off. */
bool lc__dn_in_units(lc_act act);

/* A primitive descriptor from an operation descriptor, with the scratchpad supplied by us. */
lc_status lc__dn_describe(lc__dn_graph *g, const_dnnl_op_desc_t desc, const lc__dn_epilogue *end,
                          dnnl_primitive_desc_t *pd);
/* Attributes alone; destroy them. */
lc_status lc__dn_attr(lc__dn_graph *g, const lc__dn_epilogue *end, dnnl_primitive_attr_t *attr);

/* Appends a step; destroys `pd` in any case. */
lc_status lc__dn_step_add(lc__dn_graph *g, dnnl_primitive_desc_t pd, const lc__dn_use *uses,
                          int n_uses);

/* A reorder that is run at once. */
lc_status lc__dn_copy(const lc__dn_graph *g, const dnnl_memory_desc_t *from, void *from_data,
                      const dnnl_memory_desc_t *to, void *to_data, lc_error *err);

lc_status lc__dn_finish(lc__dn_graph *g);
void lc__dn_release(lc__dn_graph *g);

/* Appends the steps of the node being built (g->node). */
typedef lc_status lc__dn_op_fn(lc__dn_graph *g, const lc_node *node);
lc__dn_op_fn lc__dn_conv2d, lc__dn_pool, lc__dn_global_avg_pool, lc__dn_combine, lc__dn_concat,
    lc__dn_channel_shuffle, lc__dn_activation, lc__dn_zero, lc__dn_linear, lc__dn_matmul,
    lc__dn_attention, lc__dn_layer_norm, lc__dn_softmax, lc__dn_squeeze_excite;

/* Weights as a product of the type computed in takes them. */
typedef struct lc__dn_weighting {
    dnnl_data_type_t type; /* of `values`: f32, which oneDNN rounds to bf16 itself, or s8 */
    const void *values;    /* [outputs][depth] */
    const float *bias;     /* [outputs] in units of the product; NULL = none */
    const float *scales;   /* as in lc__dn_epilogue */
    size_t n_scales;
    void *memory; /* free() it when the weights are in their buffers */
} lc__dn_weighting;

/* From f32 weights[outputs][depth] and bias[outputs] (or NULL), which stay in use. */
lc_status lc__dn_weighting_of(lc__dn_graph *g, const float *weights, const float *bias,
                              size_t outputs, size_t depth, lc__dn_weighting *w);

/* Draws the weights of the node being built: free(). */
lc_status lc__dn_weights(lc__dn_graph *g, float **weights);

/* A dense layer on the rows [rows, in] of buffer x to [rows, out] of buffer y, weights [out][in],
 * bias[out] or NULL. */
lc_status lc__dn_dense(lc__dn_graph *g, int x, int y, int64_t rows, int64_t in, int64_t out,
                       const float *weights, const float *bias, lc__dn_epilogue end);

/* Appends a primitive of operation `desc` that reads `x` and makes a new buffer; *md is the layout
 * that oneDNN chose. */
lc_status lc__dn_unary(lc__dn_graph *g, const_dnnl_op_desc_t desc, const lc__dn_tensor *x,
                       dnnl_memory_desc_t *md, int *buffer);

/* Pooling of `x`, of shape `in`, by the window of `op` (LC_OP_MAX_POOL or LC_OP_AVG_POOL) to shape
 * `out`; *md is the layout that oneDNN chose. */
lc_status lc__dn_pool_to(lc__dn_graph *g, const lc_op *op, const lc__dn_tensor *x, lc_shape in,
                         lc_shape out, dnnl_memory_desc_t *md, int *buffer);
/* The average pooling that covers all of `in`. */
lc_op lc__dn_whole_window(lc_shape in);

/* True where a tensor [N,1,1,C] is to be broadcast over `whole`, and the layout of it that goes
 * with `whole_md`: the same channel blocks. */
bool lc__dn_is_gate(lc_shape gate, lc_shape whole);
lc_status lc__dn_gate_md(lc__dn_graph *g, lc_shape gate, const dnnl_memory_desc_t *whole_md,
                         dnnl_memory_desc_t *md);

/* Buffer `result`, laid out like a, = act(a op b). */
lc_status lc__dn_binary(lc__dn_graph *g, dnnl_alg_kind_t alg, const lc__dn_tensor *a, int b,
                        const dnnl_memory_desc_t *b_md, int result);

#endif
