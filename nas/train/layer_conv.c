/* conv2d by oneDNN: dense, pointwise, grouped, depthwise. Activations stay [N,H,W,C]; weights are
 * brought into the layout that each primitive likes, which costs little beside the products. */
#include <stdlib.h>
#include "base/memory.h"
#include "dnn.h"
#include "layer.h"

typedef struct conv {
    lc__dnn dnn;
    lc__dnn_call forward, data, weights;
} conv;

typedef struct layouts {
    dnnl_memory_desc_t x, z;
    dnnl_memory_desc_t stored; /* weights as the store has them */
    dnnl_memory_desc_t any;    /* weights as the primitive likes them */
    lc__dnn_window window;
} layouts;

static size_t n_weights(const lc__geometry *g) {
    return lc__layer_fan_in(g) * (size_t)g->op->out_channels;
}

static void init(const lc__geometry *g, uint64_t *rng, float *w) {
    lc__layer_draw(rng, lc__layer_fan_in(g), 2.0F, w, n_weights(g));
}

static lc_status describe(const lc__geometry *g, layouts *l, lc_error *err) {
    const lc_op *op = g->op;
    int64_t groups = op->groups, out = op->out_channels / groups, in = g->in[0].c / groups;
    dnnl_dims_t plain = {out, in, op->kernel_h, op->kernel_w};
    dnnl_dims_t grouped = {groups, out, in, op->kernel_h, op->kernel_w};
    bool parts = groups > 1;
    dnnl_status_t status =
        dnnl_memory_desc_init_by_tag(&l->stored, parts ? 5 : 4, parts ? grouped : plain, dnnl_f32,
                                     parts ? dnnl_gohwi : dnnl_ohwi);
    if (status == dnnl_success)
        status = dnnl_memory_desc_init_by_tag(&l->any, parts ? 5 : 4, parts ? grouped : plain,
                                              dnnl_f32, dnnl_format_tag_any);
    lc_status st = lc__dnn_check(status, "layout of weights", err);
    if (st == LC_OK)
        st = lc__dnn_nhwc(g->in[0], &l->x, err);
    if (st == LC_OK)
        st = lc__dnn_nhwc(g->out, &l->z, err);
    l->window = lc__dnn_window_of(op, g->in[0], g->out);
    return st;
}

/* A primitive from its description; *pd is to be destroyed, in any case. */
static lc_status choose(conv *c, const dnnl_convolution_desc_t *desc, dnnl_status_t described,
                        const_dnnl_primitive_desc_t hint, const lc__dnn_port ports[3],
                        lc__dnn_call *call, dnnl_primitive_desc_t *pd, lc_error *err) {
    dnnl_status_t status = described;
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(pd, desc, NULL, c->dnn.engine, hint);
    lc_status st = lc__dnn_check(status, "description of a convolution", err);
    return st == LC_OK ? lc__dnn_call_new(&c->dnn, *pd, ports, 3, call, err) : st;
}

static lc_status make_forward(conv *c, const layouts *l, dnnl_primitive_desc_t *pd, lc_error *err) {
    const lc__dnn_window *w = &l->window;
    const lc__dnn_port ports[] = {{DNNL_ARG_SRC, dnnl_query_src_md, &l->x, false},
                                  {DNNL_ARG_WEIGHTS, dnnl_query_weights_md, &l->stored, false},
                                  {DNNL_ARG_DST, dnnl_query_dst_md, &l->z, true}};
    dnnl_convolution_desc_t desc;
    dnnl_status_t status = dnnl_convolution_forward_desc_init(
        &desc, dnnl_forward_training, dnnl_convolution_direct, &l->x, &l->any, NULL, &l->z,
        w->strides, w->near, w->far);
    return choose(c, &desc, status, NULL, ports, &c->forward, pd, err);
}

static lc_status make_data(conv *c, const layouts *l, const_dnnl_primitive_desc_t hint,
                           lc_error *err) {
    const lc__dnn_window *w = &l->window;
    const lc__dnn_port ports[] = {{DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, &l->z, false},
                                  {DNNL_ARG_WEIGHTS, dnnl_query_weights_md, &l->stored, false},
                                  {DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, &l->x, true}};
    dnnl_primitive_desc_t pd = NULL;
    dnnl_convolution_desc_t desc;
    dnnl_status_t status = dnnl_convolution_backward_data_desc_init(
        &desc, dnnl_convolution_direct, &l->x, &l->any, &l->z, w->strides, w->near, w->far);
    lc_status st = choose(c, &desc, status, hint, ports, &c->data, &pd, err);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return st;
}

static lc_status make_weights(conv *c, const layouts *l, const_dnnl_primitive_desc_t hint,
                              lc_error *err) {
    const lc__dnn_window *w = &l->window;
    const lc__dnn_port ports[] = {
        {DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, &l->z, false},
        {DNNL_ARG_SRC, dnnl_query_src_md, &l->x, false},
        {DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md, &l->stored, true}};
    dnnl_primitive_desc_t pd = NULL;
    dnnl_convolution_desc_t desc;
    dnnl_status_t status = dnnl_convolution_backward_weights_desc_init(
        &desc, dnnl_convolution_direct, &l->x, &l->any, NULL, &l->z, w->strides, w->near, w->far);
    lc_status st = choose(c, &desc, status, hint, ports, &c->weights, &pd, err);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return st;
}

static void release(void *state) {
    conv *c = state;
    lc__dnn_call_free(&c->forward);
    lc__dnn_call_free(&c->data);
    lc__dnn_call_free(&c->weights);
    lc__dnn_close(&c->dnn);
    free(c);
}

static lc_status prepare(const lc__geometry *g, void **state, lc_error *err) {
    layouts l;
    dnnl_primitive_desc_t pd = NULL;
    conv *c = calloc(1, sizeof *c);
    if (!c)
        return lc__no_memory(err);
    lc_status st = lc__dnn_open(&c->dnn, err);
    if (st == LC_OK)
        st = describe(g, &l, err);
    if (st == LC_OK)
        st = make_forward(c, &l, &pd, err);
    if (st == LC_OK)
        st = make_data(c, &l, pd, err);
    if (st == LC_OK)
        st = make_weights(c, &l, pd, err);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (st == LC_OK)
        *state = c;
    else
        release(c);
    return st;
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    (void)g, (void)saved;
    conv *c = state;
    lc__dnn_run(&c->dnn, &c->forward, (const void *const[]){x[0], w, z});
}

static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    (void)g, (void)z, (void)saved;
    conv *c = state;
    if (dx[0])
        lc__dnn_run(&c->dnn, &c->data, (const void *const[]){dz, w, dx[0]});
    lc__dnn_run(&c->dnn, &c->weights, (const void *const[]){dz, x[0], dw});
}

const lc__layer lc__layer_conv2d = {
    .type = LC_OP_CONV2D,
    .n_weights = n_weights,
    .init = init,
    .prepare = prepare,
    .release = release,
    .forward = forward,
    .backward = backward,
};
