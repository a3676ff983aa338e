#include "onednn_graph.h"

#include <stdlib.h>

#include "kernels/quant.h"

lc_status lc__dn_failed(lc__dn_graph *g, const char *what, dnnl_status_t status) {
    static const char *const meanings[] = {"success",       "out of memory", "invalid arguments",
                                           "unimplemented", "iterator ends", "runtime error",
                                           "not required"};
    size_t n = sizeof meanings / sizeof meanings[0];
    const lc_node *node = lc_net_node(g->net, g->node);
    lc_status code = status == dnnl_out_of_memory   ? LC_ENOMEM
                     : status == dnnl_unimplemented ? LC_EUNSUPPORTED
                                                    : LC_ERUNTIME;
    return lc_error_set(g->err, code, "node %s (%s): oneDNN failed at the %s: %s", node->id,
                        lc_op_type_name(node->op.type), what,
                        (size_t)status < n ? meanings[status] : "unknown status");
}

lc_status lc__dn_no_memory(lc__dn_graph *g) {
    return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"", lc_net_name(g->net));
}

/* --- types ---------------------------------------------------------------------------------- */

lc_dtype lc__dn_dtype(const lc__dn_graph *g, int i) {
    lc_dtype own = lc_net_node(g->net, i)->op.dtype;
    return own == LC_DTYPE_ANY ? g->dtype : own;
}

dnnl_data_type_t lc__dn_type(lc_dtype dtype) {
    return dtype == LC_DTYPE_INT8 ? dnnl_s8 : dtype == LC_DTYPE_BF16 ? dnnl_bf16 : dnnl_f32;
}

size_t lc__dn_size(dnnl_data_type_t type) {
    return type == dnnl_s8 ? 1 : type == dnnl_bf16 ? 2 : 4;
}

float lc__dn_unit(dnnl_data_type_t type) {
    return type == dnnl_s8 ? lc__dtype_step(LC_DTYPE_INT8) : 1.0F;
}

lc_status lc__dn_md(lc__dn_graph *g, int ndims, const dnnl_dims_t dims, dnnl_data_type_t type,
                    dnnl_format_tag_t tag, dnnl_memory_desc_t *md) {
    LC__DN_TRY(g, "memory descriptor", g->dn->memory_desc_init_by_tag(md, ndims, dims, type, tag));
    return LC_OK;
}

lc_status lc__dn_tensor_md(lc__dn_graph *g, lc_shape s, dnnl_format_tag_t tag,
                           dnnl_memory_desc_t *md) {
    return lc__dn_md(g, 4, (dnnl_dims_t){s.n, s.c, s.h, s.w}, g->type, tag, md);
}

lc_status lc__dn_rows_md(lc__dn_graph *g, lc_shape s, dnnl_memory_desc_t *md) {
    return lc__dn_md(g, 2, (dnnl_dims_t){(int64_t)s.n * s.h * s.w, s.c}, g->type, dnnl_ab, md);
}

/* --- buffers -------------------------------------------------------------------------------- */

lc_status lc__dn_buffer_new(lc__dn_graph *g, size_t size, int *buffer) {
    if (g->n_buffers == g->room_buffers) {
        int room = g->room_buffers > 0 ? 2 * g->room_buffers : 64;
        lc__dn_buffer *grown = realloc(g->buffers, (size_t)room * sizeof *grown);
        if (grown == NULL) {
            return lc__dn_no_memory(g);
        }
        g->buffers = grown;
        g->room_buffers = room;
    }
    g->buffers[g->n_buffers] = (lc__dn_buffer){.life = {.size = size, .first = -1, .last = -1}};
    *buffer = g->n_buffers++;
    return LC_OK;
}

lc_status lc__dn_count(lc__dn_graph *g, double bytes) {
    return lc__ledger_take(g->ledger, g->node, bytes, bytes, g->err);
}

lc_status lc__dn_count_passing(lc__dn_graph *g, double bytes) {
    LC__TRY(lc__dn_count(g, bytes));
    g->passing += bytes;
    return LC_OK;
}

static lc_status own_buffer(lc__dn_graph *g, size_t size, int *buffer) {
    LC__TRY(lc__dn_count(g, (double)size));
    LC__TRY(lc__dn_buffer_new(g, size, buffer));
    g->buffers[*buffer].own = lc__arena_alloc(size);
    return g->buffers[*buffer].own == NULL ? lc__dn_no_memory(g) : LC_OK;
}

lc_status lc__dn_constant(lc__dn_graph *g, const dnnl_memory_desc_t *from, const void *data,
                          const dnnl_memory_desc_t *to, int *buffer) {
    LC__TRY(own_buffer(g, g->dn->memory_desc_get_size(to), buffer));
    /* oneDNN takes no pointer to const, though it only reads the source. */
    return lc__dn_copy(g, from, (void *)(uintptr_t)data, to, g->buffers[*buffer].own, g->err);
}

/* --- tensors -------------------------------------------------------------------------------- */

static lc_status settle_as(lc__dn_graph *g, lc__dn_tensor *t, const dnnl_memory_desc_t *md) {
    t->md = *md;
    t->open = false;
    return own_buffer(g, g->dn->memory_desc_get_size(md), &t->buffer);
}

/* What an input of the net that is not settled yet is stored in: its own dtype, or that of the node
 * being built, its first reader. */
static dnnl_data_type_t open_type(const lc__dn_graph *g, int node) {
    bool names = lc_net_node(g->net, node)->op.dtype != LC_DTYPE_ANY;
    return lc__dn_type(lc__dn_dtype(g, names ? node : g->node));
}

lc_status lc__dn_settle(lc__dn_graph *g, int node) {
    lc__dn_tensor *t = &g->tensors[node];
    if (t->open) {
        dnnl_memory_desc_t md;
        LC__TRY(lc__dn_tensor_md(g, lc_net_node(g->net, node)->shape, dnnl_nhwc, &md));
        md.data_type = open_type(g, node);
        LC__TRY(settle_as(g, t, &md));
    }
    return LC_OK;
}

lc_status lc__dn_value(lc__dn_graph *g, int node, lc__dn_tensor *x) {
    LC__TRY(lc__dn_settle(g, node));
    *x = (lc__dn_tensor){.md = g->tensors[node].md, .other_buffer = -1};
    x->md.data_type = g->type;
    return lc__dn_as(g, node, &x->md, &x->buffer);
}

/* One pixel per image and no padding: blocks of channels lie in the order of the channels. */
static bool is_one_row(const dnnl_memory_desc_t *md) {
    return md->ndims == 4 && md->dims[2] == 1 && md->dims[3] == 1 &&
           md->dims[1] == md->padded_dims[1] && md->format_desc.blocking.strides[0] == md->dims[1];
}

/* Attributes of a reorder between types. */
static lc_status rescaling(lc__dn_graph *g, const dnnl_memory_desc_t *from,
                           const dnnl_memory_desc_t *to, dnnl_primitive_attr_t *attr) {
    float scale = lc__dn_unit(from->data_type) / lc__dn_unit(to->data_type);
    return lc__dn_attr(g, &(lc__dn_epilogue){.scales = &scale, .n_scales = scale != 1.0F}, attr);
}

lc_status lc__dn_reorder(lc__dn_graph *g, int from_buffer, const dnnl_memory_desc_t *from,
                         const dnnl_memory_desc_t *to, int *buffer) {
    if (g->dn->memory_desc_equal(from, to) ||
        (is_one_row(from) && is_one_row(to) && from->data_type == to->data_type)) {
        *buffer = from_buffer;
        return LC_OK;
    }
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    LC__TRY(rescaling(g, from, to, &attr));
    dnnl_status_t made =
        g->dn->reorder_primitive_desc_create(&pd, from, g->engine, to, g->engine, attr);
    g->dn->primitive_attr_destroy(attr);
    LC__DN_TRY(g, "reorder", made);
    lc_status status = lc__dn_buffer_new(g, g->dn->memory_desc_get_size(to), buffer);
    if (status != LC_OK) {
        g->dn->primitive_desc_destroy(pd);
        return status;
    }
    const lc__dn_use uses[] = {{DNNL_ARG_FROM, from_buffer, from, 0},
                               {DNNL_ARG_TO, *buffer, to, 0}};
    return lc__dn_step_add(g, pd, uses, 2);
}

lc_status lc__dn_as(lc__dn_graph *g, int node, const dnnl_memory_desc_t *md, int *buffer) {
    lc__dn_tensor *t = &g->tensors[node];
    if (t->open && md->data_type == open_type(g, node)) {
        LC__TRY(settle_as(g, t, md));
    }
    LC__TRY(lc__dn_settle(g, node));
    if (t->other_buffer >= 0 && g->dn->memory_desc_equal(&t->other_md, md)) {
        *buffer = t->other_buffer;
        return LC_OK;
    }
    LC__TRY(lc__dn_reorder(g, t->buffer, &t->md, md, buffer));
    t->other_md = *md;
    t->other_buffer = *buffer;
    return LC_OK;
}

lc_status lc__dn_as_rows(lc__dn_graph *g, int node, int *buffer) {
    dnnl_memory_desc_t md;
    LC__TRY(lc__dn_tensor_md(g, lc_net_node(g->net, node)->shape, dnnl_nhwc, &md));
    return lc__dn_as(g, node, &md, buffer);
}

lc_status lc__dn_result(lc__dn_graph *g, const dnnl_memory_desc_t *md, int *buffer) {
    const lc__dn_fusion *f = &g->fused[g->node];
    lc__dn_tensor *t = &g->tensors[f->tail];
    if (f->addend >= 0) {
        *buffer = g->tensors[f->addend].buffer;
    } else {
        LC__TRY(lc__dn_buffer_new(g, g->dn->memory_desc_get_size(md), buffer));
    }
    t->md = *md;
    t->buffer = *buffer;
    return LC_OK;
}

lc_status lc__dn_result_rows(lc__dn_graph *g, int *buffer) {
    dnnl_memory_desc_t md;
    LC__TRY(lc__dn_tensor_md(g, lc_net_node(g->net, g->node)->shape, dnnl_nhwc, &md));
    return lc__dn_result(g, &md, buffer);
}

/* --- steps ---------------------------------------------------------------------------------- */

static lc_status room_for_step(lc__dn_graph *g) {
    if (g->n_steps < g->room_steps) {
        return LC_OK;
    }
    int room = g->room_steps > 0 ? 2 * g->room_steps : 64;
    lc__dn_step *grown = realloc(g->steps, (size_t)room * sizeof *grown);
    if (grown == NULL) {
        return lc__dn_no_memory(g);
    }
    g->steps = grown;
    g->room_steps = room;
    return LC_OK;
}

static lc_status add_argument(lc__dn_graph *g, lc__dn_step *step, const lc__dn_use *use) {
    dnnl_memory_t memory = NULL;
    LC__DN_TRY(g, "argument", g->dn->memory_create(&memory, use->md, g->engine, DNNL_MEMORY_NONE));
    step->buffers[step->n_args] = use->buffer;
    step->offsets[step->n_args] = use->offset * (int64_t)lc__dn_size(use->md->data_type);
    step->args[step->n_args++] = (dnnl_exec_arg_t){use->name, memory};
    lc__life *life = &g->buffers[use->buffer].life;
    int now = g->n_steps - 1;
    life->first = life->first < 0 ? now : life->first;
    life->last = now;
    return LC_OK;
}

static lc_status add_step(lc__dn_graph *g, dnnl_primitive_desc_t pd, const lc__dn_use *uses,
                          int n_uses) {
    LC__TRY(room_for_step(g));
    lc__dn_step *step = &g->steps[g->n_steps];
    *step = (lc__dn_step){.primitive = NULL};
    LC__DN_TRY(g, "making of a kernel", g->dn->primitive_create(&step->primitive, pd));
    g->n_steps++;
    for (int i = 0; i < n_uses; i++) {
        LC__TRY(add_argument(g, step, &uses[i]));
    }
    const dnnl_memory_desc_t *scratch =
        g->dn->primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    size_t size = scratch == NULL ? 0 : g->dn->memory_desc_get_size(scratch);
    if (size == 0) {
        return LC_OK;
    }
    lc__life *shared = &g->buffers[0].life;
    shared->size = size > shared->size ? size : shared->size;
    return add_argument(g, step, &(lc__dn_use){DNNL_ARG_SCRATCHPAD, 0, scratch, 0});
}

lc_status lc__dn_step_add(lc__dn_graph *g, dnnl_primitive_desc_t pd, const lc__dn_use *uses,
                          int n_uses) {
    lc_status status = add_step(g, pd, uses, n_uses);
    g->dn->primitive_desc_destroy(pd);
    return status;
}

/* --- copies, finish, release ---------------------------------------------------------------- */

static dnnl_status_t run_reorder(const lc__dn_graph *g, dnnl_primitive_t reorder,
                                 dnnl_memory_t from, dnnl_memory_t to) {
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    dnnl_status_t s = g->dn->primitive_execute(reorder, g->stream, 2, args);
    return s != dnnl_success ? s : g->dn->stream_wait(g->stream);
}

lc_status lc__dn_copy(const lc__dn_graph *g, const dnnl_memory_desc_t *from, void *from_data,
                      const dnnl_memory_desc_t *to, void *to_data, lc_error *err) {
    const lc__dnnl *dn = g->dn;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t reorder = NULL;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_memory_t a = NULL, b = NULL;
    float scale = lc__dn_unit(from->data_type) / lc__dn_unit(to->data_type);
    dn->omp_set_num_threads(1); /* waiting for a second thread takes longer than the copy */
    dnnl_status_t s = dn->primitive_attr_create(&attr);
    s = s != dnnl_success || scale == 1.0F
            ? s
            : dn->primitive_attr_set_output_scales(attr, 1, 0, &scale);
    s = s != dnnl_success
            ? s
            : dn->reorder_primitive_desc_create(&pd, from, g->engine, to, g->engine, attr);
    s = s != dnnl_success ? s : dn->primitive_create(&reorder, pd);
    s = s != dnnl_success ? s : dn->memory_create(&a, from, g->engine, from_data);
    s = s != dnnl_success ? s : dn->memory_create(&b, to, g->engine, to_data);
    s = s != dnnl_success ? s : run_reorder(g, reorder, a, b);
    dn->omp_set_num_threads(g->threads);
    dn->memory_destroy(a);
    dn->memory_destroy(b);
    dn->primitive_destroy(reorder);
    dn->primitive_desc_destroy(pd);
    dn->primitive_attr_destroy(attr);
    return s == dnnl_success ? LC_OK
                             : lc_error_set(err, LC_ERUNTIME,
                                            "oneDNN failed to copy a tensor: status %d", (int)s);
}

/* What oneDNN takes by itself, as measured: for the code of each kernel, and for the blocks of
 * general products, one set for each thread. */
#define KERNEL 100e3
#define PRODUCT 9e6

static double inside_library(const lc__dn_graph *g) {
    return g->n_steps * KERNEL + (g->has_product ? g->threads * PRODUCT : 0);
}

/* The node whose result takes most. */
static int largest_node(const lc__dn_graph *g) {
    int largest = lc_net_output(g->net);
    size_t most = 0;
    for (int i = 0; i < lc_net_size(g->net); i++) {
        const lc__dn_tensor *t = &g->tensors[i];
        if (t->buffer >= 0 && g->buffers[t->buffer].life.size > most) {
            most = g->buffers[t->buffer].life.size;
            largest = i;
        }
    }
    return largest;
}

/* Places the planned buffers; the output of the net lives on to be copied out. */
static lc_status place_buffers(lc__dn_graph *g) {
    lc__dn_buffer *output = &g->buffers[g->tensors[lc_net_output(g->net)].buffer];
    output->life.last = g->n_steps;
    size_t n = (size_t)g->n_buffers, total = 0;
    lc__life *lives = calloc(n, sizeof *lives);
    if (lives == NULL) {
        return lc__dn_no_memory(g);
    }
    for (size_t i = 0; i < n; i++) {
        if (g->buffers[i].own == NULL) {
            lives[i] = g->buffers[i].life;
        }
    }
    lc_status status = lc__arena_plan(lives, n, &total, g->err);
    for (size_t i = 0; status == LC_OK && i < n; i++) {
        g->buffers[i].life.offset = lives[i].offset;
    }
    free(lives);
    LC__TRY(status);
    g->node = largest_node(g);
    LC__TRY(lc__dn_count(g, (double)total + inside_library(g)));
    g->arena = lc__arena_alloc(total);
    return g->arena == NULL ? lc__dn_no_memory(g) : LC_OK;
}

lc_status lc__dn_finish(lc__dn_graph *g) {
    LC__TRY(place_buffers(g));
    for (int i = 0; i < g->n_steps; i++) {
        lc__dn_step *step = &g->steps[i];
        for (int k = 0; k < step->n_args; k++) {
            const lc__dn_buffer *b = &g->buffers[step->buffers[k]];
            char *data = b->own != NULL ? b->own : g->arena + b->life.offset;
            data += step->offsets[k];
            LC__DN_TRY(g, "argument", g->dn->memory_set_data_handle(step->args[k].memory, data));
        }
    }
    return LC_OK;
}

void lc__dn_release(lc__dn_graph *g) {
    for (int i = 0; i < g->n_steps; i++) {
        for (int k = 0; k < g->steps[i].n_args; k++) {
            g->dn->memory_destroy(g->steps[i].args[k].memory);
        }
        g->dn->primitive_destroy(g->steps[i].primitive);
    }
    for (int i = 0; i < g->n_buffers; i++) {
        free(g->buffers[i].own);
    }
    if (g->stream != NULL) {
        g->dn->stream_destroy(g->stream);
    }
    if (g->engine != NULL) {
        g->dn->engine_destroy(g->engine);
    }
    free(g->steps);
    free(g->buffers);
    free(g->tensors);
    free(g->fused);
    free(g->needed);
    free(g->arena);
    free(g);
}
