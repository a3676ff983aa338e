/* Operators on rows of channels: linear layers, products, attention, norms, gates. All of them work
 * on NHWC buffers, where position (n, h, w) is row (n H + h) W + w. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onednn_graph.h"

static lc_shape shape_of_input(const lc__dn_graph *g, const lc_node *node, int i) {
    return lc_net_node(g->net, node->inputs[i])->shape;
}

static int64_t rows_of(lc_shape s) {
    return (int64_t)s.n * s.h * s.w;
}

/* --- dense layers --------------------------------------------------------------------------- */

typedef struct dense_mds {
    dnnl_memory_desc_t src, plain, any, bias, dst;
} dense_mds;

static lc_status describe_dense(lc__dn_graph *g, int64_t rows, int64_t in, int64_t out,
                                const lc__dn_weighting *w, const lc__dn_epilogue *end, dense_mds *m,
                                dnnl_primitive_desc_t *pd) {
    dnnl_inner_product_desc_t desc;
    LC__TRY(lc__dn_md(g, 2, (dnnl_dims_t){rows, in}, g->type, dnnl_ab, &m->src));
    LC__TRY(lc__dn_md(g, 2, (dnnl_dims_t){out, in}, w->type, dnnl_ab, &m->plain));
    LC__TRY(lc__dn_md(g, 2, (dnnl_dims_t){out, in}, g->type, dnnl_format_tag_any, &m->any));
    LC__TRY(lc__dn_md(g, 1, (dnnl_dims_t){out}, dnnl_f32, dnnl_a, &m->bias));
    LC__TRY(lc__dn_md(g, 2, (dnnl_dims_t){rows, out}, g->type, dnnl_ab, &m->dst));
    LC__DN_TRY(g, "description",
               g->dn->inner_product_forward_desc_init(&desc, dnnl_forward_inference, &m->src,
                                                      &m->any, w->bias ? &m->bias : NULL, &m->dst));
    return lc__dn_describe(g, &desc, end, pd);
}

static lc_status dense_step(lc__dn_graph *g, int x, int y, const dense_mds *m,
                            const lc__dn_weighting *weights, dnnl_primitive_desc_t pd) {
    int w = -1, b = -1;
    const dnnl_memory_desc_t *wanted = g->dn->primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    lc_status status = lc__dn_constant(g, &m->plain, weights->values, wanted, &w);
    if (status == LC_OK && weights->bias != NULL) {
        status = lc__dn_constant(g, &m->bias, weights->bias, &m->bias, &b);
    }
    if (status != LC_OK) {
        g->dn->primitive_desc_destroy(pd);
        return status;
    }
    const lc__dn_use uses[] = {{DNNL_ARG_SRC, x, &m->src, 0},
                               {DNNL_ARG_WEIGHTS, w, wanted, 0},
                               {DNNL_ARG_DST, y, &m->dst, 0},
                               {DNNL_ARG_BIAS, b, &m->bias, 0}};
    return lc__dn_step_add(g, pd, uses, weights->bias != NULL ? 4 : 3);
}

lc_status lc__dn_dense(lc__dn_graph *g, int x, int y, int64_t rows, int64_t in, int64_t out,
                       const float *weights, const float *bias, lc__dn_epilogue end) {
    dense_mds m;
    lc__dn_weighting w;
    dnnl_primitive_desc_t pd = NULL;
    LC__TRY(lc__dn_weighting_of(g, weights, bias, (size_t)out, (size_t)in, &w));
    end.scales = w.scales;
    end.n_scales = w.n_scales;
    end.step = lc__dn_unit(g->type);
    lc_status status = describe_dense(g, rows, in, out, &w, &end, &m, &pd);
    if (status == LC_OK) {
        status = dense_step(g, x, y, &m, &w, pd);
    }
    free(w.memory);
    return status;
}

/* How the node being built ends, if it makes rows: what it is to be added to must be rows, too. */
static lc_status rows_end(lc__dn_graph *g, lc__dn_epilogue *end) {
    int addend = g->fused[g->node].addend;
    if (addend >= 0) {
        dnnl_memory_desc_t rows;
        LC__TRY(lc__dn_tensor_md(g, lc_net_node(g->net, addend)->shape, dnnl_nhwc, &rows));
        if (!g->dn->memory_desc_equal(&rows, &g->tensors[addend].md)) {
            lc__dn_leave_add(g);
        }
    }
    const lc__dn_fusion *f = &g->fused[g->node];
    *end = (lc__dn_epilogue){.sum = f->addend >= 0, .act = f->act};
    return LC_OK;
}

lc_status lc__dn_linear(lc__dn_graph *g, const lc_node *node) {
    lc_shape in = shape_of_input(g, node, 0);
    size_t count = (size_t)in.c * (size_t)node->op.out_channels;
    lc__dn_epilogue end;
    int x, y;
    LC__TRY(lc__dn_as_rows(g, node->inputs[0], &x));
    LC__TRY(rows_end(g, &end));
    LC__TRY(lc__dn_result_rows(g, &y));
    float *weights = NULL;
    LC__TRY(lc__dn_weights(g, &weights));
    lc_status status = lc__dn_dense(g, x, y, rows_of(in), in.c, node->op.out_channels, weights,
                                    node->op.bias ? weights + count : NULL, end);
    free(weights);
    return status;
}

/* --- products ------------------------------------------------------------------------------- */

/* Matrices of a buffer, one per (n, h), seen by strides from `offset` values into it. The offset
 * goes into the address, not into the descriptor: oneDNN 2.6 forgets the latter where n = h = 1. */
typedef struct view {
    int buffer;
    int64_t offset;
    dnnl_memory_desc_t md;
} view;

static lc_status view_of(lc__dn_graph *g, int buffer, int64_t offset, const dnnl_dims_t dims,
                         const dnnl_dims_t strides, view *v) {
    v->buffer = buffer;
    v->offset = offset;
    LC__DN_TRY(g, "memory descriptor",
               g->dn->memory_desc_init_by_strides(&v->md, 4, dims, g->type, strides));
    return LC_OK;
}

static lc_status product(lc__dn_graph *g, const view *a, const view *b, const view *c,
                         float scale) {
    dnnl_matmul_desc_t desc;
    dnnl_primitive_desc_t pd = NULL;
    LC__DN_TRY(g, "description", g->dn->matmul_desc_init(&desc, &a->md, &b->md, NULL, &c->md));
    const lc__dn_epilogue end = {.scales = &scale, .n_scales = 1, .step = lc__dn_unit(g->type)};
    LC__TRY(lc__dn_describe(g, &desc, &end, &pd));
    g->has_product = true;
    const lc__dn_use uses[] = {{DNNL_ARG_SRC, a->buffer, &a->md, a->offset},
                               {DNNL_ARG_WEIGHTS, b->buffer, &b->md, b->offset},
                               {DNNL_ARG_DST, c->buffer, &c->md, c->offset}};
    return lc__dn_step_add(g, pd, uses, 3);
}

/* [n, h, rows, columns] of a contiguous buffer, or its last two dimensions swapped. */
static lc_status dense_view(lc__dn_graph *g, int buffer, lc_shape s, bool swapped, view *v) {
    int64_t h = (int64_t)s.w * s.c, n = s.h * h;
    if (swapped) {
        return view_of(g, buffer, 0, (dnnl_dims_t){s.n, s.h, s.c, s.w}, (dnnl_dims_t){n, h, 1, s.c},
                       v);
    }
    return view_of(g, buffer, 0, (dnnl_dims_t){s.n, s.h, s.w, s.c}, (dnnl_dims_t){n, h, s.c, 1}, v);
}

lc_status lc__dn_matmul(lc__dn_graph *g, const lc_node *node) {
    int a, b, c;
    view va, vb, vc;
    LC__TRY(lc__dn_as_rows(g, node->inputs[0], &a));
    LC__TRY(lc__dn_as_rows(g, node->inputs[1], &b));
    LC__TRY(lc__dn_result_rows(g, &c));
    LC__TRY(dense_view(g, a, shape_of_input(g, node, 0), false, &va));
    LC__TRY(dense_view(g, b, shape_of_input(g, node, 1), node->op.transpose_b, &vb));
    LC__TRY(dense_view(g, c, node->shape, false, &vc));
    float step = lc__dn_unit(g->type);
    return product(g, &va, &vb, &vc, step * step);
}

/* --- softmax and layer norm ------------------------------------------------------------------ */

static lc_status softmax_rows(lc__dn_graph *g, int x, int y, int64_t rows, int64_t width) {
    dnnl_memory_desc_t md;
    dnnl_softmax_v2_desc_t desc;
    dnnl_primitive_desc_t pd = NULL;
    LC__TRY(lc__dn_md(g, 2, (dnnl_dims_t){rows, width}, g->type, dnnl_ab, &md));
    LC__DN_TRY(g, "description",
               g->dn->softmax_v2_forward_desc_init(&desc, dnnl_forward_inference,
                                                   dnnl_softmax_accurate, &md, &md, 1));
    LC__TRY(lc__dn_describe(g, &desc, &(lc__dn_epilogue){0}, &pd));
    const lc__dn_use uses[] = {{DNNL_ARG_SRC, x, &md, 0}, {DNNL_ARG_DST, y, &md, 0}};
    return lc__dn_step_add(g, pd, uses, 2);
}

lc_status lc__dn_softmax(lc__dn_graph *g, const lc_node *node) {
    int x, y;
    LC__TRY(lc__dn_as_rows(g, node->inputs[0], &x));
    LC__TRY(lc__dn_result_rows(g, &y));
    return softmax_rows(g, x, y, rows_of(node->shape), node->shape.c);
}

static lc_status norm_constant(lc__dn_graph *g, const dnnl_memory_desc_t *md, int *buffer) {
    float *weights = NULL;
    LC__TRY(lc__dn_weights(g, &weights));
    lc_status status = lc__dn_constant(g, md, weights, md, buffer);
    free(weights);
    return status;
}

lc_status lc__dn_layer_norm(lc__dn_graph *g, const lc_node *node) {
    dnnl_memory_desc_t data, stat, scale_shift;
    dnnl_layer_normalization_desc_t desc;
    dnnl_primitive_desc_t pd = NULL;
    int x, y, w;
    LC__TRY(lc__dn_as_rows(g, node->inputs[0], &x));
    LC__TRY(lc__dn_result_rows(g, &y));
    LC__TRY(lc__dn_rows_md(g, node->shape, &data));
    LC__TRY(lc__dn_md(g, 1, (dnnl_dims_t){rows_of(node->shape)}, dnnl_f32, dnnl_a, &stat));
    LC__TRY(lc__dn_md(g, 2, (dnnl_dims_t){2, node->shape.c}, dnnl_f32, dnnl_ab, &scale_shift));
    LC__TRY(norm_constant(g, &scale_shift, &w));
    LC__DN_TRY(g, "description",
               g->dn->layer_normalization_forward_desc_init(&desc, dnnl_forward_inference, &data,
                                                            &stat, 1e-5F, dnnl_use_scaleshift));
    LC__TRY(lc__dn_describe(g, &desc, &(lc__dn_epilogue){0}, &pd));
    const lc__dn_use uses[] = {{DNNL_ARG_SRC, x, &data, 0},
                               {DNNL_ARG_SCALE_SHIFT, w, &scale_shift, 0},
                               {DNNL_ARG_DST, y, &data, 0}};
    return lc__dn_step_add(g, pd, uses, 3);
}

/* --- attention ------------------------------------------------------------------------------ */

typedef struct heads {
    int64_t images, tokens, width, heads, depth;
} heads;

/* One dense layer makes q, k and v: rows of 3 C. Its weights are the first three of the node's
 * four, each [C][C] and [C], gathered. */
static lc_status make_qkv(lc__dn_graph *g, const heads *h, int x, const float *weights, int *qkv) {
    size_t c = (size_t)h->width;
    size_t size = (3 * c * c + 3 * c) * sizeof(float);
    LC__TRY(lc__dn_count_passing(g, (double)size));
    float *joined = malloc(size);
    if (joined == NULL) {
        return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"",
                            lc_net_name(g->net));
    }
    float *bias = joined + 3 * c * c;
    for (size_t i = 0; i < 3; i++) {
        const float *from = weights + i * c * (c + 1);
        memcpy(joined + i * c * c, from, c * c * sizeof *joined);
        memcpy(bias + i * c, from + c * c, c * sizeof *joined);
    }
    int64_t rows = h->images * h->tokens;
    lc_status status = lc__dn_buffer_new(g, (size_t)rows * 3 * c * lc__dn_size(g->type), qkv);
    if (status == LC_OK) {
        status = lc__dn_dense(g, x, *qkv, rows, h->width, 3 * h->width, joined, bias,
                              (lc__dn_epilogue){0});
    }
    free(joined);
    return status;
}

/* Part 0, 1, 2 (q, k, v) of the joined rows as [images, heads, tokens, depth], or swapped. */
static lc_status head_view(lc__dn_graph *g, const heads *h, int qkv, int part, bool swapped,
                           view *v) {
    int64_t row = 3 * h->width, image = h->tokens * row;
    if (swapped) {
        return view_of(g, qkv, part * h->width,
                       (dnnl_dims_t){h->images, h->heads, h->depth, h->tokens},
                       (dnnl_dims_t){image, h->depth, 1, row}, v);
    }
    return view_of(g, qkv, part * h->width, (dnnl_dims_t){h->images, h->heads, h->tokens, h->depth},
                   (dnnl_dims_t){image, h->depth, row, 1}, v);
}

/* result = softmax(q k^T / sqrt(depth)) v for all heads at once. */
static lc_status mix_heads(lc__dn_graph *g, const heads *h, int qkv, int result) {
    int64_t rows = h->images * h->heads * h->tokens;
    view q, k, v, s, r;
    int scores;
    LC__TRY(lc__dn_buffer_new(g, (size_t)(rows * h->tokens) * lc__dn_size(g->type), &scores));
    lc_shape s_shape = {(int32_t)h->images, (int32_t)h->heads, (int32_t)h->tokens,
                        (int32_t)h->tokens};
    LC__TRY(head_view(g, h, qkv, 0, false, &q));
    LC__TRY(head_view(g, h, qkv, 1, true, &k));
    LC__TRY(head_view(g, h, qkv, 2, false, &v));
    LC__TRY(dense_view(g, scores, s_shape, false, &s));
    LC__TRY(product(g, &q, &k, &s, 1.0F / sqrtf((float)h->depth)));
    LC__TRY(softmax_rows(g, scores, scores, rows, h->tokens));
    LC__TRY(view_of(g, result, 0, (dnnl_dims_t){h->images, h->heads, h->tokens, h->depth},
                    (dnnl_dims_t){h->tokens * h->width, h->depth, h->width, 1}, &r));
    return product(g, &s, &v, &r, 1.0F);
}

static lc_status attention_with(lc__dn_graph *g, const heads *h, int x, const float *weights) {
    size_t c = (size_t)h->width;
    int64_t rows = h->images * h->tokens;
    const float *output = weights + 3 * c * (c + 1);
    lc__dn_epilogue end;
    int qkv = -1, mixed = -1, y = -1;
    LC__TRY(make_qkv(g, h, x, weights, &qkv));
    LC__TRY(lc__dn_buffer_new(g, (size_t)rows * c * lc__dn_size(g->type), &mixed));
    LC__TRY(mix_heads(g, h, qkv, mixed));
    LC__TRY(rows_end(g, &end));
    LC__TRY(lc__dn_result_rows(g, &y));
    return lc__dn_dense(g, mixed, y, rows, h->width, h->width, output, output + c * c, end);
}

lc_status lc__dn_attention(lc__dn_graph *g, const lc_node *node) {
    lc_shape in = shape_of_input(g, node, 0);
    heads h = {.images = in.n,
               .tokens = (int64_t)in.h * in.w,
               .width = in.c,
               .heads = node->op.heads,
               .depth = in.c / node->op.heads};
    int x;
    LC__TRY(lc__dn_as_rows(g, node->inputs[0], &x));
    float *weights = NULL;
    LC__TRY(lc__dn_weights(g, &weights));
    lc_status status = attention_with(g, &h, x, weights);
    free(weights);
    return status;
}
