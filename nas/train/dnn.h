/* Primitives of oneDNN on plain arrays. Its version 2 is linked, not opened at run time as the
 * backends do: training is for the host alone. */
#ifndef TRAIN_DNN_H
#define TRAIN_DNN_H

#include <dnnl.h>
#include "latcast/op.h"

typedef struct lc__dnn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
} lc__dnn;

/* Both may be given {0}. */
lc_status lc__dnn_open(lc__dnn *dnn, lc_error *err);
void lc__dnn_close(lc__dnn *dnn);

/* LC_OK for dnnl_success; fills err with what failed otherwise. */
lc_status lc__dnn_check(dnnl_status_t status, const char *what, lc_error *err);

/* f32 tensor [N,H,W,C]. */
lc_status lc__dnn_nhwc(lc_shape s, dnnl_memory_desc_t *md, lc_error *err);

/* Sliding windows of `op` as oneDNN takes them. It wants the output's size to come out exactly, so
 * the padding at the far side may be negative. */
typedef struct lc__dnn_window {
    dnnl_dims_t kernel, strides, near, far;
} lc__dnn_window;
lc__dnn_window lc__dnn_window_of(const lc_op *op, lc_shape in, lc_shape out);

/* An argument of a primitive: an array of the caller's, laid out as `layout`, or as the primitive
 * has it where that is NULL. */
typedef struct lc__dnn_port {
    int name;           /* DNNL_ARG_... */
    dnnl_query_t query; /* the primitive's own layout */
    const dnnl_memory_desc_t *layout;
    bool written;
} lc__dnn_port;

enum { LC__DNN_PORTS = 3 };

/* A primitive and the reorders between the caller's layouts and its own. */
typedef struct lc__dnn_arg {
    int name;
    bool written;
    size_t size;                /* bytes of the caller's array */
    dnnl_memory_t outer, inner; /* inner NULL: the caller's array itself */
    dnnl_primitive_t reorder;
    void *buffer; /* of inner */
} lc__dnn_arg;

typedef struct lc__dnn_call {
    dnnl_primitive_t primitive;
    int n;
    lc__dnn_arg args[LC__DNN_PORTS];
} lc__dnn_call;

/* `pd` stays the caller's. Free with lc__dnn_call_free(), also after a failure; *call starts {0}.
 */
lc_status lc__dnn_call_new(const lc__dnn *dnn, dnnl_primitive_desc_t pd, const lc__dnn_port *ports,
                           int n, lc__dnn_call *call, lc_error *err);
void lc__dnn_call_free(lc__dnn_call *call);

/* Runs on arrays[n], in the order of the ports. What a call that fails should have written is
 * filled with NaN. */
void lc__dnn_run(const lc__dnn *dnn, const lc__dnn_call *call, const void *const *arrays);

#endif
