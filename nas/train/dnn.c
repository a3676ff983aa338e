#include "dnn.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "backends/arena.h"

lc_status lc__dnn_check(dnnl_status_t status, const char *what, lc_error *err) {
    if (status == dnnl_success)
        return LC_OK;
    if (status == dnnl_out_of_memory)
        return lc__no_memory(err);
    lc_status code = status == dnnl_unimplemented ? LC_EUNSUPPORTED : LC_ERUNTIME;
    lc_error_set(err, code, "oneDNN failed at the %s (its status %d)", what, (int)status);
    return code;
}

lc_status lc__dnn_open(lc__dnn *dnn, lc_error *err) {
    dnnl_status_t status = dnnl_engine_create(&dnn->engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = dnnl_stream_create(&dnn->stream, dnn->engine, dnnl_stream_default_flags);
    return lc__dnn_check(status, "start", err);
}

void lc__dnn_close(lc__dnn *dnn) {
    if (dnn->stream)
        dnnl_stream_destroy(dnn->stream);
    if (dnn->engine)
        dnnl_engine_destroy(dnn->engine);
    *dnn = (lc__dnn){0};
}

lc_status lc__dnn_nhwc(lc_shape s, dnnl_memory_desc_t *md, lc_error *err) {
    dnnl_dims_t dims = {s.n, s.c, s.h, s.w};
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(md, 4, dims, dnnl_f32, dnnl_nhwc);
    return lc__dnn_check(status, "layout of a tensor", err);
}

lc__dnn_window lc__dnn_window_of(const lc_op *op, lc_shape in, lc_shape out) {
    return (lc__dnn_window){
        .kernel = {op->kernel_h, op->kernel_w},
        .strides = {op->stride_h, op->stride_w},
        .near = {op->pad_h, op->pad_w},
        .far = {(int64_t)(out.h - 1) * op->stride_h + op->kernel_h - in.h - op->pad_h,
                (int64_t)(out.w - 1) * op->stride_w + op->kernel_w - in.w - op->pad_w},
    };
}

/* The reorder from one memory of an argument to the other. */
static dnnl_status_t make_reorder(const lc__dnn *dnn, const dnnl_memory_desc_t *from,
                                  const dnnl_memory_desc_t *to, dnnl_primitive_t *reorder) {
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&pd, from, dnn->engine, to, dnn->engine, NULL);
    if (status == dnnl_success)
        status = dnnl_primitive_create(reorder, pd);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return status;
}

static lc_status make_arg(const lc__dnn *dnn, const dnnl_memory_desc_t *own,
                          const lc__dnn_port *port, lc__dnn_arg *arg, lc_error *err) {
    const dnnl_memory_desc_t *outer = port->layout ? port->layout : own;
    *arg = (lc__dnn_arg){
        .name = port->name, .written = port->written, .size = dnnl_memory_desc_get_size(outer)};
    dnnl_status_t status = dnnl_memory_create(&arg->outer, outer, dnn->engine, DNNL_MEMORY_NONE);
    if (status != dnnl_success || dnnl_memory_desc_equal(outer, own))
        return lc__dnn_check(status, "argument of a primitive", err);
    arg->buffer = lc__arena_alloc(dnnl_memory_desc_get_size(own));
    if (!arg->buffer)
        return lc__no_memory(err);
    status = dnnl_memory_create(&arg->inner, own, dnn->engine, arg->buffer);
    if (status == dnnl_success)
        status = port->written ? make_reorder(dnn, own, outer, &arg->reorder)
                               : make_reorder(dnn, outer, own, &arg->reorder);
    return lc__dnn_check(status, "reorder of an argument", err);
}

lc_status lc__dnn_call_new(const lc__dnn *dnn, dnnl_primitive_desc_t pd, const lc__dnn_port *ports,
                           int n, lc__dnn_call *call, lc_error *err) {
    dnnl_status_t status = dnnl_primitive_create(&call->primitive, pd);
    lc_status st = lc__dnn_check(status, "choice of a kernel", err);
    for (call->n = 0; call->n < n && st == LC_OK; call->n++) {
        const lc__dnn_port *port = &ports[call->n];
        const dnnl_memory_desc_t *own = dnnl_primitive_desc_query_md(pd, port->query, 0);
        st = make_arg(dnn, own, port, &call->args[call->n], err);
    }
    return st;
}

void lc__dnn_call_free(lc__dnn_call *call) {
    for (int i = 0; i < call->n; i++) {
        lc__dnn_arg *arg = &call->args[i];
        if (arg->reorder)
            dnnl_primitive_destroy(arg->reorder);
        if (arg->inner)
            dnnl_memory_destroy(arg->inner);
        if (arg->outer)
            dnnl_memory_destroy(arg->outer);
        free(arg->buffer);
    }
    if (call->primitive)
        dnnl_primitive_destroy(call->primitive);
    *call = (lc__dnn_call){0};
}

/* Brings an argument into the primitive's layout, or a result out of it. */
static dnnl_status_t carry(const lc__dnn *dnn, const lc__dnn_arg *arg) {
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_FROM, arg->written ? arg->inner : arg->outer},
        {DNNL_ARG_TO, arg->written ? arg->outer : arg->inner},
    };
    return dnnl_primitive_execute(arg->reorder, dnn->stream, 2, args);
}

static dnnl_status_t run(const lc__dnn *dnn, const lc__dnn_call *call, const void *const *arrays) {
    dnnl_exec_arg_t args[LC__DNN_PORTS];
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < call->n && status == dnnl_success; i++) {
        const lc__dnn_arg *arg = &call->args[i];
        args[i] = (dnnl_exec_arg_t){arg->name, arg->inner ? arg->inner : arg->outer};
        /* oneDNN takes no pointer to const, though it only reads what is not written. */
        status = dnnl_memory_set_data_handle(arg->outer, (void *)(uintptr_t)arrays[i]);
        if (status == dnnl_success && arg->inner && !arg->written)
            status = carry(dnn, arg);
    }
    if (status == dnnl_success)
        status = dnnl_primitive_execute(call->primitive, dnn->stream, call->n, args);
    for (int i = 0; i < call->n && status == dnnl_success; i++)
        if (call->args[i].inner && call->args[i].written)
            status = carry(dnn, &call->args[i]);
    return status;
}

void lc__dnn_run(const lc__dnn *dnn, const lc__dnn_call *call, const void *const *arrays) {
    if (run(dnn, call, arrays) == dnnl_success)
        return;
    for (int i = 0; i < call->n; i++)
        if (call->args[i].written)
            memset((void *)(uintptr_t)arrays[i], 0xff, call->args[i].size); /* NaN */
}
