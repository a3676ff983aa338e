/* max_pool and avg_pool by oneDNN; global_avg_pool by the sums of image.h. */
#include <stdlib.h>
#include "base/memory.h"
#include "dnn.h"
#include "image.h"
#include "layer.h"

typedef struct pool {
    lc__dnn dnn;
    lc__dnn_call forward, backward;
} pool;

static dnnl_alg_kind_t algorithm(const lc_op *op) {
    return op->type == LC_OP_MAX_POOL ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding;
}

/* Which element of its window each maximum was: at most 4 bytes a value. */
static size_t n_saved(const lc__geometry *g) {
    return g->op->type == LC_OP_MAX_POOL ? lc__n_values(g->out) : 0;
}

static lc_status make_forward(pool *p, const lc__geometry *g, const dnnl_memory_desc_t md[2],
                              dnnl_primitive_desc_t *pd, lc_error *err) {
    const lc__dnn_port ports[] = {{DNNL_ARG_SRC, dnnl_query_src_md, &md[0], false},
                                  {DNNL_ARG_DST, dnnl_query_dst_md, &md[1], true},
                                  {DNNL_ARG_WORKSPACE, dnnl_query_workspace_md, NULL, true}};
    lc__dnn_window w = lc__dnn_window_of(g->op, g->in[0], g->out);
    dnnl_pooling_desc_t desc;
    dnnl_status_t status =
        dnnl_pooling_forward_desc_init(&desc, dnnl_forward_training, algorithm(g->op), &md[0],
                                       &md[1], w.strides, w.kernel, w.near, w.far);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(pd, &desc, NULL, p->dnn.engine, NULL);
    lc_status st = lc__dnn_check(status, "description of a pool", err);
    if (st != LC_OK)
        return st;
    const dnnl_memory_desc_t *kept = dnnl_primitive_desc_query_md(*pd, dnnl_query_workspace_md, 0);
    if (n_saved(g) && dnnl_memory_desc_get_size(kept) > n_saved(g) * sizeof(float)) {
        lc_error_set(err, LC_EUNSUPPORTED, "oneDNN keeps more than 4 bytes for a maximum");
        return LC_EUNSUPPORTED;
    }
    return lc__dnn_call_new(&p->dnn, *pd, ports, n_saved(g) ? 3 : 2, &p->forward, err);
}

static lc_status make_backward(pool *p, const lc__geometry *g, const dnnl_memory_desc_t md[2],
                               const_dnnl_primitive_desc_t hint, lc_error *err) {
    const lc__dnn_port ports[] = {{DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, &md[1], false},
                                  {DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, &md[0], true},
                                  {DNNL_ARG_WORKSPACE, dnnl_query_workspace_md, NULL, false}};
    lc__dnn_window w = lc__dnn_window_of(g->op, g->in[0], g->out);
    dnnl_primitive_desc_t pd = NULL;
    dnnl_pooling_desc_t desc;
    dnnl_status_t status = dnnl_pooling_backward_desc_init(&desc, algorithm(g->op), &md[0], &md[1],
                                                           w.strides, w.kernel, w.near, w.far);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(&pd, &desc, NULL, p->dnn.engine, hint);
    lc_status st = lc__dnn_check(status, "description of a pool's gradient", err);
    if (st == LC_OK)
        st = lc__dnn_call_new(&p->dnn, pd, ports, n_saved(g) ? 3 : 2, &p->backward, err);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return st;
}

static void release(void *state) {
    pool *p = state;
    lc__dnn_call_free(&p->forward);
    lc__dnn_call_free(&p->backward);
    lc__dnn_close(&p->dnn);
    free(p);
}

static lc_status prepare(const lc__geometry *g, void **state, lc_error *err) {
    dnnl_memory_desc_t md[2];
    dnnl_primitive_desc_t pd = NULL;
    pool *p = calloc(1, sizeof *p);
    if (!p)
        return lc__no_memory(err);
    lc_status st = lc__dnn_open(&p->dnn, err);
    if (st == LC_OK)
        st = lc__dnn_nhwc(g->in[0], &md[0], err);
    if (st == LC_OK)
        st = lc__dnn_nhwc(g->out, &md[1], err);
    if (st == LC_OK)
        st = make_forward(p, g, md, &pd, err);
    if (st == LC_OK)
        st = make_backward(p, g, md, pd, err);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (st == LC_OK)
        *state = p;
    else
        release(p);
    return st;
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    (void)g, (void)w;
    pool *p = state;
    lc__dnn_run(&p->dnn, &p->forward, (const void *const[]){x[0], z, saved});
}

static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    (void)g, (void)x, (void)w, (void)z, (void)dw;
    pool *p = state;
    if (dx[0])
        lc__dnn_run(&p->dnn, &p->backward, (const void *const[]){dz, dx[0], saved});
}

static void forward_global(const lc__geometry *g, void *state, const float *const *x,
                           const float *w, float *z, float *saved) {
    (void)state, (void)w, (void)saved;
    lc__image_mean(g->in[0], x[0], z);
}

static void backward_global(const lc__geometry *g, void *state, const float *const *x,
                            const float *w, const float *z, const float *saved, const float *dz,
                            float *const *dx, float *dw) {
    (void)state, (void)x, (void)w, (void)z, (void)saved, (void)dw;
    if (dx[0])
        lc__image_spread(g->in[0], dz, dx[0]);
}

const lc__layer lc__layer_max_pool = {
    .type = LC_OP_MAX_POOL,
    .prepare = prepare,
    .release = release,
    .n_saved = n_saved,
    .forward = forward,
    .backward = backward,
};
const lc__layer lc__layer_avg_pool = {
    .type = LC_OP_AVG_POOL,
    .prepare = prepare,
    .release = release,
    .forward = forward,
    .backward = backward,
};
const lc__layer lc__layer_global_avg_pool = {
    .type = LC_OP_GLOBAL_AVG_POOL,
    .forward = forward_global,
    .backward = backward_global,
};
