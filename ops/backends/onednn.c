/* oneDNN: whole nets as primitives, layouts chosen by the library, reorders only where they
 * differ. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"
#include "onednn_graph.h"

/* Pure shifts, L1 convolutions and channel shifts are not in oneDNN; a shift conv run as a
 * multiplying one would time the wrong thing. */
static lc__dn_op_fn *const operators[LC_OP_COUNT] = {
    [LC_OP_CONV2D] = lc__dn_conv2d,
    [LC_OP_LINEAR] = lc__dn_linear,
    [LC_OP_MATMUL] = lc__dn_matmul,
    [LC_OP_ATTENTION] = lc__dn_attention,
    [LC_OP_LAYER_NORM] = lc__dn_layer_norm,
    [LC_OP_SOFTMAX] = lc__dn_softmax,
    [LC_OP_MAX_POOL] = lc__dn_pool,
    [LC_OP_AVG_POOL] = lc__dn_pool,
    [LC_OP_GLOBAL_AVG_POOL] = lc__dn_global_avg_pool,
    [LC_OP_ADD] = lc__dn_combine,
    [LC_OP_MUL] = lc__dn_combine,
    [LC_OP_CONCAT] = lc__dn_concat,
    [LC_OP_CHANNEL_SHUFFLE] = lc__dn_channel_shuffle,
    [LC_OP_ACTIVATION] = lc__dn_activation,
    [LC_OP_SQUEEZE_EXCITE] = lc__dn_squeeze_excite,
    [LC_OP_ZERO] = lc__dn_zero,
};

/* On x86 oneDNN has bf16 for AVX-512 and later, and no slow way without. `who` asks for bf16: the
 * device, "", or a node of a net. */
static lc_status check_bf16(const char *isa, const char *who, lc_error *err) {
    static const char *const without[] = {"sse41", "avx", "avx2", "avx2_vnni"};
    bool found = false;
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        found = found || strcmp(isa, without[i]) == 0;
    }
    if (!found) {
        return LC_OK;
    }
    lc_error_set(err, LC_EUNSUPPORTED,
                 "%soneDNN computes in bf16 with avx512 and later only, and uses %s here; use "
                 "backend native, or another dtype",
                 who, isa);
    return LC_EUNSUPPORTED;
}

static lc_status open_onednn(const lc_exec_config *config, lc_backend_info *info, lc_error *err) {
    const lc__dnnl *dn = NULL;
    LC__TRY(lc__dnnl_open(config->isa, &dn, info, err));
    return config->dtype == LC_DTYPE_BF16 ? check_bf16(info->isa, "", err) : LC_OK;
}

static lc_status check_operator(const lc_net *net, int index, const char *isa, lc_error *err) {
    const lc_node *node = lc_net_node(net, index);
    if (node->op.type != LC_OP_INPUT && operators[node->op.type] == NULL) {
        return lc__no_operator("onednn", net, index, err);
    }
    if (node->op.dtype == LC_DTYPE_BF16) {
        char who[160];
        snprintf(who, sizeof who, "node %.80s (%s): ", node->id, lc_op_type_name(node->op.type));
        LC__TRY(check_bf16(isa, who, err));
    }
    return lc__all_bits("onednn", net, index, err);
}

/* Refuses before any work is done. */
static lc_status check_operators(const lc__dn_graph *g, const char *isa) {
    for (int i = 0; i < lc_net_size(g->net); i++) {
        if (g->needed[i]) {
            LC__TRY(check_operator(g->net, i, isa, g->err));
        }
    }
    return LC_OK;
}

/* What oneDNN computes an operator in whose dtype is int8: s8, or f32 between reorders. */
static dnnl_data_type_t int8_type(const lc_op *op, lc_act act) {
    switch (op->type) {
    case LC_OP_CONV2D:
    case LC_OP_LINEAR:
    case LC_OP_MATMUL:
    case LC_OP_MAX_POOL:
    case LC_OP_AVG_POOL:
    case LC_OP_GLOBAL_AVG_POOL:
    case LC_OP_CONCAT:
    case LC_OP_CHANNEL_SHUFFLE:
    case LC_OP_ZERO:
        return dnnl_s8;
    case LC_OP_ACTIVATION:
        return lc__dn_in_units(act) ? dnnl_s8 : dnnl_f32;
    default:
        return dnnl_f32;
    }
}

static dnnl_data_type_t computed_in(const lc__dn_graph *g, int i) {
    const lc_node *node = lc_net_node(g->net, i);
    dnnl_data_type_t type = lc__dn_type(lc__dn_dtype(g, i));
    lc_act act = g->fused[i].act;
    if (type != dnnl_s8) {
        return type;
    }
    if (node->op.type == LC_OP_ADD || node->op.type == LC_OP_MUL) {
        return node->n_inputs == 2 || lc__dn_in_units(act) ? dnnl_s8 : dnnl_f32;
    }
    return int8_type(&node->op, act);
}

static lc_status build_node(lc__dn_graph *g, int i) {
    const lc_node *node = lc_net_node(g->net, i);
    g->node = i;
    g->type = computed_in(g, i);
    LC__TRY(operators[node->op.type](g, node));
    lc__ledger_give(g->ledger, g->passing);
    g->passing = 0;
    lc__dn_tensor *made = &g->tensors[g->fused[i].tail];
    dnnl_memory_desc_t stored = made->md;
    stored.data_type = lc__dn_type(lc__dn_dtype(g, i));
    LC__TRY(lc__dn_reorder(g, made->buffer, &made->md, &stored, &made->buffer));
    made->md = stored;
    return LC_OK;
}

static lc_status build_nodes(lc__dn_graph *g) {
    for (int i = 0; i < lc_net_size(g->net); i++) {
        g->tensors[i] = (lc__dn_tensor){.buffer = -1, .other_buffer = -1};
    }
    for (int i = 0; i < lc_net_size(g->net); i++) {
        if (lc_net_node(g->net, i)->op.type == LC_OP_INPUT) {
            g->tensors[i].open = g->needed[i];
        } else if (g->needed[i] && !g->fused[i].inside) {
            LC__TRY(build_node(g, i));
        }
    }
    g->node = lc_net_output(g->net); /* settles a net that is nothing but its input */
    g->type = lc__dn_type(lc__dn_dtype(g, g->node));
    return lc__dn_settle(g, g->node);
}

#define FIRST_USE 5e6 /* bytes that oneDNN itself takes, as measured */

static lc_status build(lc__dn_graph *g, const char *isa) {
    size_t nodes = (size_t)lc_net_size(g->net);
    int scratchpad;
    g->needed = calloc(nodes, sizeof *g->needed);
    g->tensors = calloc(nodes, sizeof *g->tensors);
    g->fused = calloc(nodes, sizeof *g->fused);
    if (g->needed == NULL || g->tensors == NULL || g->fused == NULL) {
        return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"",
                            lc_net_name(g->net));
    }
    lc_net_needed(g->net, g->needed);
    LC__TRY(check_operators(g, isa));
    LC__TRY(lc__ledger_take(g->ledger, lc_net_output(g->net), 0, FIRST_USE, g->err));
    lc__dn_fuse(g);
    g->dn->omp_set_num_threads(g->threads); /* kernels are chosen for it */
    LC__DN_TRY(g, "engine", g->dn->engine_create(&g->engine, dnnl_cpu, 0));
    LC__DN_TRY(g, "stream", g->dn->stream_create(&g->stream, g->engine, dnnl_stream_default_flags));
    LC__TRY(lc__dn_buffer_new(g, 0, &scratchpad));
    LC__TRY(build_nodes(g));
    return lc__dn_finish(g);
}

static lc_status prepare(const lc_net *net, const lc_exec_config *config, lc__ledger *ledger,
                         void **state, lc_error *err) {
    lc_backend_info info;
    const lc__dnnl *dn = NULL;
    LC__TRY(lc__dnnl_open(config->isa, &dn, &info, err));
    lc__dn_graph *g = calloc(1, sizeof *g);
    if (g == NULL) {
        return lc_error_set(err, LC_ENOMEM, "no memory to prepare net \"%s\"", lc_net_name(net));
    }
    *g = (lc__dn_graph){.dn = dn,
                        .net = net,
                        .seed = config->weight_seed,
                        .threads = config->threads,
                        .ledger = ledger,
                        .err = err};
    g->dtype = config->dtype == LC_DTYPE_ANY ? LC_DTYPE_F32 : config->dtype;
    lc_status status = build(g, info.isa);
    g->err = NULL;
    g->ledger = NULL;
    if (status != LC_OK) {
        lc__dn_release(g);
        return status;
    }
    *state = g;
    return LC_OK;
}

static void release(void *state) {
    lc__dn_release(state);
}

static lc_status shape_refused(const lc__dn_graph *g, int node, lc_error *err) {
    return lc_error_set(err, LC_ERUNTIME, "oneDNN refused the shape of node %s",
                        lc_net_node(g->net, node)->id);
}

/* The layout of data handed in and out, of shape `s` of node `node`: NHWC. */
static lc_status plain_md(const lc__dn_graph *g, int node, lc_shape s, dnnl_memory_desc_t *md,
                          lc_error *err) {
    dnnl_status_t status = g->dn->memory_desc_init_by_tag(md, 4, (dnnl_dims_t){s.n, s.c, s.h, s.w},
                                                          dnnl_f32, dnnl_nhwc);
    return status == dnnl_success ? LC_OK : shape_refused(g, node, err);
}

/* Rows of an input as they lie in its buffer: their layout, and how many values after its start. */
static lc_status rows_md(const lc__dn_graph *g, const lc__rows *rows, dnnl_memory_desc_t *md,
                         int64_t *offset, lc_error *err) {
    lc_shape s = lc_net_node(g->net, rows->node)->shape;
    dnnl_dims_t dims = {rows->images, s.c, rows->rows, s.w}, at = {rows->image, 0, rows->row, 0};
    if (g->dn->memory_desc_init_submemory(md, &g->tensors[rows->node].md, dims, at) !=
        dnnl_success) {
        return shape_refused(g, rows->node, err);
    }
    *offset = md->offset0;
    md->offset0 = 0;
    return LC_OK;
}

static lc_status set_input(void *state, const lc__rows *rows, const float *data, lc_error *err) {
    const lc__dn_graph *g = state;
    const lc__dn_tensor *t = &g->tensors[rows->node];
    lc_shape shape = lc_net_node(g->net, rows->node)->shape;
    dnnl_memory_desc_t plain, part;
    int64_t offset = 0;
    if (t->buffer < 0) {
        return LC_OK;
    }
    LC__TRY(rows_md(g, rows, &part, &offset, err));
    shape.n = rows->images;
    shape.h = rows->rows;
    LC__TRY(plain_md(g, rows->node, shape, &plain, err));
    char *to = (char *)g->buffers[t->buffer].own + offset * (int64_t)lc__dn_size(t->md.data_type);
    return lc__dn_copy(g, &plain, (void *)(uintptr_t)data, &part, to, err);
}

static lc_status run(void *state, lc_error *err) {
    const lc__dn_graph *g = state;
    g->dn->omp_set_num_threads(g->threads); /* a setting of the calling thread */
    for (int i = 0; i < g->n_steps; i++) {
        const lc__dn_step *step = &g->steps[i];
        dnnl_status_t status =
            g->dn->primitive_execute(step->primitive, g->stream, step->n_args, step->args);
        if (status != dnnl_success) {
            return lc_error_set(err, LC_ERUNTIME,
                                "oneDNN failed at step %d of net \"%s\": "
                                "status %d",
                                i, lc_net_name(g->net), (int)status);
        }
    }
    if (g->dn->stream_wait(g->stream) != dnnl_success) {
        return lc_error_set(err, LC_ERUNTIME, "oneDNN failed to finish net \"%s\"",
                            lc_net_name(g->net));
    }
    return LC_OK;
}

static lc_status output(const void *state, float *data, size_t count, lc_error *err) {
    const lc__dn_graph *g = state;
    (void)count;
    int node = lc_net_output(g->net);
    const lc__dn_tensor *t = &g->tensors[node];
    const lc__dn_buffer *b = &g->buffers[t->buffer];
    dnnl_memory_desc_t plain;
    LC__TRY(plain_md(g, node, lc_net_node(g->net, node)->shape, &plain, err));
    void *from = b->own != NULL ? b->own : g->arena + b->life.offset;
    return lc__dn_copy(g, &t->md, from, &plain, data, err);
}

const lc_backend lc__backend_onednn = {
    .name = "onednn",
    .dtypes = LC__DTYPE_BIT(F32) | LC__DTYPE_BIT(BF16) | LC__DTYPE_BIT(INT8),
    .open = open_onednn,
    .prepare = prepare,
    .release = release,
    .set_input = set_input,
    .run = run,
    .output = output,
};
