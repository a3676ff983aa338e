/* Operators that keep the sizes of images: elementwise, shuffle, concat. */
#include "onednn_graph.h"

/* --- one input, one output, the layout kept -------------------------------------------------- */

lc_status lc__dn_unary(lc__dn_graph *g, const_dnnl_op_desc_t desc, const lc__dn_tensor *x,
                       dnnl_memory_desc_t *md, int *buffer) {
    dnnl_primitive_desc_t pd = NULL;
    LC__TRY(lc__dn_describe(g, desc, &(lc__dn_epilogue){0}, &pd));
    *md = *g->dn->primitive_desc_query_md(pd, dnnl_query_dst_md, 0);
    lc_status status = lc__dn_buffer_new(g, g->dn->memory_desc_get_size(md), buffer);
    if (status != LC_OK) {
        g->dn->primitive_desc_destroy(pd);
        return status;
    }
    const lc__dn_use uses[] = {{DNNL_ARG_SRC, x->buffer, &x->md, 0},
                               {DNNL_ARG_DST, *buffer, md, 0}};
    return lc__dn_step_add(g, pd, uses, 2);
}

/* lc__dn_unary() whose buffer is the node's result. */
static lc_status unary_result(lc__dn_graph *g, const_dnnl_op_desc_t desc, const lc__dn_tensor *x) {
    lc__dn_tensor made = {.other_buffer = -1};
    LC__TRY(lc__dn_unary(g, desc, x, &made.md, &made.buffer));
    g->tensors[g->node] = made;
    return LC_OK;
}

static lc_status eltwise(lc__dn_graph *g, const lc__dn_tensor *x, dnnl_alg_kind_t alg, float alpha,
                         float beta) {
    dnnl_eltwise_desc_t desc;
    LC__DN_TRY(
        g, "description",
        g->dn->eltwise_forward_desc_init(&desc, dnnl_forward_inference, alg, &x->md, alpha, beta));
    return unary_result(g, &desc, x);
}

lc_status lc__dn_activation(lc__dn_graph *g, const lc_node *node) {
    lc__dn_tensor x;
    LC__TRY(lc__dn_value(g, node->inputs[0], &x));
    switch (node->op.act) {
    case LC_ACT_RELU:
        return eltwise(g, &x, dnnl_eltwise_relu, 0.0F, 0.0F);
    case LC_ACT_RELU6:
        return g->type == dnnl_s8 /* which ends at 4 */
                   ? eltwise(g, &x, dnnl_eltwise_relu, 0.0F, 0.0F)
                   : eltwise(g, &x, dnnl_eltwise_clip, 0.0F, 6.0F);
    case LC_ACT_HSIGMOID:
        LC__TRY(eltwise(g, &x, dnnl_eltwise_linear, 1.0F / 6.0F, 0.5F));
        return eltwise(g, &g->tensors[g->node], dnnl_eltwise_clip, 0.0F, 1.0F);
    case LC_ACT_HSWISH:
        return eltwise(g, &x, dnnl_eltwise_hardswish, 0.0F, 0.0F);
    case LC_ACT_GELU:
        return eltwise(g, &x, dnnl_eltwise_gelu_erf, 0.0F, 0.0F);
    case LC_ACT_SIGMOID:
        return eltwise(g, &x, dnnl_eltwise_logistic, 0.0F, 0.0F);
    case LC_ACT_NONE:
    case LC_ACT_COUNT:
        break;
    }
    return eltwise(g, &x, dnnl_eltwise_linear, 1.0F, 0.0F);
}

/* NAS-Bench-201's own zeros are x * 0. */
lc_status lc__dn_zero(lc__dn_graph *g, const lc_node *node) {
    lc__dn_tensor x;
    LC__TRY(lc__dn_value(g, node->inputs[0], &x));
    return eltwise(g, &x, dnnl_eltwise_linear, 0.0F, 0.0F);
}

/* Channels per block of a blocked layout, 0 for one without blocks. */
static int64_t block_of(const dnnl_memory_desc_t *md) {
    const dnnl_blocking_desc_t *b = &md->format_desc.blocking;
    return b->inner_nblks == 1 && b->inner_idxs[0] == 1 ? b->inner_blks[0] : 0;
}

/* Both view C as a matrix and transpose it; oneDNN asks for the length of its rows. */
lc_status lc__dn_channel_shuffle(lc__dn_graph *g, const lc_node *node) {
    lc__dn_tensor x;
    dnnl_shuffle_desc_t desc;
    LC__TRY(lc__dn_value(g, node->inputs[0], &x));
    /* oneDNN 2.6.3 writes wrong values, and beyond the end, in blocks of 4 and 8 in bf16. */
    if (g->type == dnnl_bf16 && block_of(&x.md) != 16) {
        LC__TRY(lc__dn_tensor_md(g, node->shape, dnnl_nhwc, &x.md));
        LC__TRY(lc__dn_as(g, node->inputs[0], &x.md, &x.buffer));
    }
    LC__DN_TRY(g, "description",
               g->dn->shuffle_forward_desc_init(&desc, dnnl_forward_inference, &x.md, 1,
                                                node->shape.c / node->op.groups));
    return unary_result(g, &desc, &x);
}

/* --- several inputs ------------------------------------------------------------------------- */

bool lc__dn_is_gate(lc_shape gate, lc_shape whole) {
    return gate.h == 1 && gate.w == 1 && (whole.h != 1 || whole.w != 1);
}

lc_status lc__dn_gate_md(lc__dn_graph *g, lc_shape gate, const dnnl_memory_desc_t *whole_md,
                         dnnl_memory_desc_t *md) {
    int64_t block = block_of(whole_md);
    dnnl_format_tag_t tag = block == 16 ? dnnl_nChw16c : block == 8 ? dnnl_nChw8c : dnnl_nhwc;
    return lc__dn_tensor_md(g, gate, tag, md);
}

/* Attributes of a sum or product of integers: what its terms or factors are to be multiplied by. */
static dnnl_status_t scale_terms(const lc__dn_graph *g, dnnl_primitive_attr_t attr,
                                 const lc__dn_epilogue *end, dnnl_alg_kind_t alg) {
    float step = end->step, first = step;
    if (step == 1.0F || (alg == dnnl_binary_add && lc__dn_in_units(end->act))) {
        return dnnl_success;
    }
    if (lc__dn_in_units(end->act)) { /* a product of n units is step^(n - 1) of the output's */
        for (int i = 0; i < end->n_more; i++) {
            first *= step;
        }
        return g->dn->primitive_attr_set_scales(attr, DNNL_ARG_SRC_0, 1, 0, &first);
    }
    dnnl_status_t s = g->dn->primitive_attr_set_scales(attr, DNNL_ARG_SRC_0, 1, 0, &step);
    return s != dnnl_success ? s
                             : g->dn->primitive_attr_set_scales(attr, DNNL_ARG_SRC_1, 1, 0, &step);
}

static lc_status describe_binary(lc__dn_graph *g, dnnl_alg_kind_t alg, const dnnl_memory_desc_t *a,
                                 const dnnl_memory_desc_t *b, const lc__dn_epilogue *end,
                                 dnnl_primitive_desc_t *pd) {
    dnnl_binary_desc_t desc;
    dnnl_primitive_attr_t attr = NULL;
    LC__DN_TRY(g, "description", g->dn->binary_desc_init(&desc, alg, a, b, a));
    LC__TRY(lc__dn_attr(g, end, &attr));
    dnnl_status_t status = scale_terms(g, attr, end, alg);
    if (status == dnnl_success) {
        status = g->dn->primitive_desc_create(pd, &desc, attr, g->engine, NULL);
    }
    g->dn->primitive_attr_destroy(attr);
    LC__DN_TRY(g, "choice of a kernel", status);
    return LC_OK;
}

lc_status lc__dn_binary(lc__dn_graph *g, dnnl_alg_kind_t alg, const lc__dn_tensor *a, int b,
                        const dnnl_memory_desc_t *b_md, int result) {
    dnnl_primitive_desc_t pd = NULL;
    LC__TRY(describe_binary(g, alg, &a->md, b_md, &(lc__dn_epilogue){.step = lc__dn_unit(g->type)},
                            &pd));
    const lc__dn_use uses[] = {{DNNL_ARG_SRC_0, a->buffer, &a->md, 0},
                               {DNNL_ARG_SRC_1, b, b_md, 0},
                               {DNNL_ARG_DST, result, &a->md, 0}};
    return lc__dn_step_add(g, pd, uses, 3);
}

/* The layout of an add or mul: the one that all inputs have already, or NHWC where they differ.
 * Open inputs of the net and gates follow. */
static lc_status combined_md(lc__dn_graph *g, const lc_node *node, dnnl_memory_desc_t *md) {
    bool found = false, differ = false;
    for (int i = 0; i < node->n_inputs; i++) {
        const lc__dn_tensor *x = &g->tensors[node->inputs[i]];
        bool gate = lc__dn_is_gate(lc_net_node(g->net, node->inputs[i])->shape, node->shape);
        if (x->open || gate) {
            continue;
        }
        dnnl_memory_desc_t own = x->md;
        own.data_type = g->type;
        differ = differ || (found && !g->dn->memory_desc_equal(md, &own));
        *md = own;
        found = true;
    }
    return found && !differ ? LC_OK : lc__dn_tensor_md(g, node->shape, dnnl_nhwc, md);
}

/* add and mul of all inputs at once: those beyond the second are post-operations. */
lc_status lc__dn_combine(lc__dn_graph *g, const lc_node *node) {
    dnnl_memory_desc_t md[LC_OP_MAX_INPUTS];
    lc__dn_use uses[LC_OP_MAX_INPUTS + 1];
    dnnl_primitive_desc_t pd = NULL;
    dnnl_alg_kind_t alg = node->op.type == LC_OP_ADD ? dnnl_binary_add : dnnl_binary_mul;
    int n = node->n_inputs, y;
    LC__TRY(combined_md(g, node, &md[0]));
    for (int i = 0; i < n; i++) {
        lc_shape shape = lc_net_node(g->net, node->inputs[i])->shape;
        int name =
            i < 2 ? DNNL_ARG_SRC_0 + i : DNNL_ARG_ATTR_MULTIPLE_POST_OP(i - 2) | DNNL_ARG_SRC_1;
        int x;
        md[i] = md[0];
        if (lc__dn_is_gate(shape, node->shape)) {
            LC__TRY(lc__dn_gate_md(g, shape, &md[0], &md[i]));
        }
        LC__TRY(lc__dn_as(g, node->inputs[i], &md[i], &x));
        uses[i] = (lc__dn_use){name, x, &md[i], 0};
    }
    LC__TRY(lc__dn_result(g, &md[0], &y));
    uses[n] = (lc__dn_use){DNNL_ARG_DST, y, &md[0], 0};
    const lc__dn_epilogue end = {.more = md + 2,
                                 .n_more = n - 2,
                                 .more_alg = alg,
                                 .act = g->fused[g->node].act,
                                 .step = lc__dn_unit(g->type)};
    LC__TRY(describe_binary(g, alg, &md[0], &md[1], &end, &pd));
    return lc__dn_step_add(g, pd, uses, n + 1);
}

/* Blocked inputs are joined block by block where each fills whole blocks of one size; else all are
 * brought to NHWC. */
static lc_status concat_layout(lc__dn_graph *g, const lc_node *node, dnnl_format_tag_t *tag) {
    int64_t block = 0;
    *tag = dnnl_nhwc;
    for (int i = 0; i < node->n_inputs; i++) {
        LC__TRY(lc__dn_settle(g, node->inputs[i]));
        const dnnl_memory_desc_t *md = &g->tensors[node->inputs[i]].md;
        int64_t own = block_of(md);
        if (own == 0 || md->dims[1] % own != 0 || (i > 0 && own != block)) {
            return LC_OK;
        }
        block = own;
    }
    *tag = block == 16 ? dnnl_nChw16c : block == 8 ? dnnl_nChw8c : dnnl_nhwc;
    return LC_OK;
}

lc_status lc__dn_concat(lc__dn_graph *g, const lc_node *node) {
    dnnl_memory_desc_t src[LC_OP_MAX_INPUTS], dst;
    lc__dn_use uses[LC_OP_MAX_INPUTS + 1];
    dnnl_format_tag_t tag;
    int n = node->n_inputs, y;
    LC__TRY(concat_layout(g, node, &tag));
    for (int i = 0; i < n; i++) {
        int x;
        LC__TRY(lc__dn_tensor_md(g, lc_net_node(g->net, node->inputs[i])->shape, tag, &src[i]));
        LC__TRY(lc__dn_as(g, node->inputs[i], &src[i], &x));
        uses[i] = (lc__dn_use){DNNL_ARG_MULTIPLE_SRC + i, x, &src[i], 0};
    }
    LC__TRY(lc__dn_tensor_md(g, node->shape, tag, &dst));
    LC__TRY(lc__dn_result(g, &dst, &y));
    uses[n] = (lc__dn_use){DNNL_ARG_DST, y, &dst, 0};
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    LC__TRY(lc__dn_attr(g, &(lc__dn_epilogue){0}, &attr));
    dnnl_status_t made = g->dn->concat_primitive_desc_create(&pd, &dst, n, 1, src, attr, g->engine);
    g->dn->primitive_attr_destroy(attr);
    LC__DN_TRY(g, "choice of a kernel", made);
    return lc__dn_step_add(g, pd, uses, n + 1);
}
