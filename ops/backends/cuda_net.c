#include "cuda_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "weights.h"

#define THREADS 256u     /* of a block whose threads are independent */
#define TILE_THREADS 64u /* TILE of cuda_kernels.cu */
#define MOST_BLOCKS 65535u

static lc_status keep(lc__cuda_net *g, uint64_t at) {
    uint64_t *more = realloc(g->memory, (g->n_memory + 1) * sizeof *more);
    if (more == NULL) {
        g->cuda->driver.free(at);
        return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"",
                            lc_net_name(g->net));
    }
    g->memory = more;
    g->memory[g->n_memory++] = at;
    return LC_OK;
}

lc_status lc__cuda_alloc(lc__cuda_net *g, size_t floats, uint64_t *at) {
    size_t bytes = (floats > 0 ? floats : 1) * sizeof(float), left = 0, total = 0;
    if (g->cuda->driver.alloc(at, bytes) != 0) {
        g->cuda->driver.memory_info(&left, &total);
        return lc_error_set(g->err, LC_ENOMEM,
                            "node %s needs %zu bytes on the card, which has %zu of %zu left",
                            lc_net_node(g->net, g->node)->id, bytes, left, total);
    }
    return keep(g, *at);
}

lc_status lc__cuda_put(lc__cuda_net *g, const float *data, size_t floats, uint64_t *at) {
    lc_status s = lc__cuda_alloc(g, floats, at);
    return s != LC_OK
               ? s
               : lc__cuda_check(g->cuda, g->cuda->driver.upload(*at, data, floats * sizeof(float)),
                                "copying weights", g->err);
}

lc_status lc__cuda_add_step(lc__cuda_net *g, const lc__cuda_step *step) {
    lc__cuda_step *more = realloc(g->steps, (g->n_steps + 1) * sizeof *more);
    if (more == NULL) {
        return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"",
                            lc_net_name(g->net));
    }
    g->steps = more;
    g->steps[g->n_steps++] = *step;
    return LC_OK;
}

/* A grid has 2^31 - 1 blocks across, which no tensor outgrows, but 65535 in the other directions
 * (CUDA C++ Programming Guide, technical specifications per compute capability): enough for the
 * tiles of 2^20 channels, but not for as many groups or products. */
static lc_status check_grid(const lc__cuda_net *g, unsigned blocks, const char *what) {
    const lc_node *node = lc_net_node(g->net, g->node);
    if (blocks <= MOST_BLOCKS) {
        return LC_OK;
    }
    lc_error_set(g->err, LC_EUNSUPPORTED,
                 "node %s (%s): backend cuda takes %u %s at most, not %u; use backend native",
                 node->id, lc_op_type_name(node->op.type), MOST_BLOCKS, what, blocks);
    return LC_EUNSUPPORTED;
}

static lc_status launch(const lc__cuda_net *g, const lc__cuda_step *step, lc_error *err) {
    const lc__cuda *cuda = g->cuda;
    lc__cuda_args args = step->args;
    void *arguments[] = {&args};
    return lc__cuda_check(cuda,
                          cuda->driver.launch(cuda->kernel[step->kernel], step->grid[0],
                                              step->grid[1], step->grid[2], step->block, 1, 1, 0,
                                              cuda->stream, arguments, NULL),
                          "launching a kernel", err);
}

lc_status lc__cuda_each(lc__cuda_net *g, lc__cuda_kernel kernel, const lc__cuda_args *args,
                        double elements) {
    lc__cuda_step step = {.run = launch,
                          .kernel = kernel,
                          .grid = {(unsigned)ceil(elements / THREADS), 1, 1},
                          .block = THREADS,
                          .args = *args};
    return lc__cuda_add_step(g, &step);
}

lc_status lc__cuda_tiles(lc__cuda_net *g, lc__cuda_kernel kernel, const lc__cuda_args *args,
                         const unsigned grid[3]) {
    lc_status s = check_grid(g, grid[2], "groups");
    if (s != LC_OK) {
        return s;
    }
    lc__cuda_step step = {.run = launch, .kernel = kernel, .block = TILE_THREADS, .args = *args};
    memcpy(step.grid, grid, sizeof step.grid);
    return lc__cuda_add_step(g, &step);
}

/* cuBLAS is column-major: the transpose of the product is that of the factors' in turn. */
static lc_status run_blas(const lc__cuda_net *g, const lc__cuda_step *step, lc_error *err) {
    const lc__cuda_args *a = &step->args;
    const float none = 0;
    int code =
        g->cuda->blas.sgemm_batched(g->cuda->blas_handle, a->transpose_b, 0, a->columns, a->rows,
                                    a->inner, &a->scale, a->x2, a->ldb, a->stride_b, a->x, a->lda,
                                    a->stride_a, &none, a->y, a->ldc, a->stride_c, step->batch);
    return code == 0 ? LC_OK
                     : lc_error_set(err, LC_ERUNTIME, "cuBLAS failed at a product: error %d", code);
}

lc_status lc__cuda_product(lc__cuda_net *g, const lc__cuda_args *args, int batch) {
    double elements = (double)args->rows * args->columns;
    bool by_blas = g->cuda->blas_handle != NULL;
    lc_status s = by_blas ? LC_OK : check_grid(g, (unsigned)batch, "products without cuBLAS");
    if (s != LC_OK) {
        return s;
    }
    lc__cuda_step step = {
        .run = by_blas ? run_blas : launch,
        .kernel = LC__CUDA_product,
        .grid = {(unsigned)ceil(elements / THREADS), (unsigned)batch, 1},
        .block = THREADS,
        .args = *args,
        .batch = batch,
    };
    return lc__cuda_add_step(g, &step);
}

lc__cuda_args lc__cuda_args_of(const lc__cuda_net *g, const lc_node *node) {
    const lc_op *op = &node->op;
    lc_shape in = lc_net_node(g->net, node->inputs[0])->shape, out = node->shape;
    return (lc__cuda_args){.x = lc__cuda_at(g->buffer[node->inputs[0]]),
                           .y = lc__cuda_at(g->buffer[g->node]),
                           .n = in.n,
                           .h = in.h,
                           .width = in.w,
                           .c = in.c,
                           .oh = out.h,
                           .ow = out.w,
                           .oc = out.c,
                           .kh = op->kernel_h,
                           .kw = op->kernel_w,
                           .sh = op->stride_h,
                           .sw = op->stride_w,
                           .ph = op->pad_h,
                           .pw = op->pad_w,
                           .groups = op->groups,
                           .act = (int)op->act,
                           .rows = (int)(lc_shape_count(in) / in.c),
                           .columns = in.c,
                           .scale = 1};
}

lc_status lc__cuda_dense(lc__cuda_net *g, const float *x, uint64_t weights, float *y, int rows,
                         int in, int out) {
    lc__cuda_args product = {.x = x,
                             .x2 = lc__cuda_at(weights),
                             .y = y,
                             .rows = rows,
                             .columns = out,
                             .inner = in,
                             .lda = in,
                             .ldb = in,
                             .ldc = out,
                             .transpose_b = 1,
                             .scale = 1};
    return lc__cuda_product(g, &product, 1);
}

lc_status lc__cuda_activate(lc__cuda_net *g, float *y, const float *bias, lc_act act, int rows,
                            int columns) {
    lc__cuda_args rest = {
        .x = y, .y = y, .b = bias, .act = (int)act, .rows = rows, .columns = columns};
    if (bias == NULL && act == LC_ACT_NONE) {
        return LC_OK;
    }
    return lc__cuda_each(g, LC__CUDA_activate, &rest, (double)rows * columns);
}

lc_status lc__cuda_weights(const lc__cuda_net *g, const lc_node *node, float **weights) {
    lc_shape in = lc_net_node(g->net, node->inputs[0])->shape;
    size_t count = (size_t)lc_op_weight_count(&node->op, in);
    *weights = malloc((count + 1) * sizeof **weights);
    if (*weights == NULL) {
        lc_error_set(g->err, LC_ENOMEM, "node %s: no memory for %zu weights", node->id, count);
        return LC_ENOMEM;
    }
    lc__weights_draw(g->net, g->node, g->seed, *weights);
    return LC_OK;
}

static void destroy_event(const lc__cuda *cuda, void *event) {
    if (event != NULL) {
        cuda->driver.event_destroy(event);
    }
}

void lc__cuda_release(lc__cuda_net *g) {
    if (g->cuda->driver.context_use(g->cuda->context) == 0) {
        for (size_t i = 0; i < g->n_steps; i++) {
            lc__cuda_dnn_release(g->cuda, &g->steps[i].conv);
        }
        for (size_t i = 0; i < g->n_memory; i++) {
            g->cuda->driver.free(g->memory[i]);
        }
        destroy_event(g->cuda, g->begin);
        destroy_event(g->cuda, g->end);
    }
    free(g->needed);
    free(g->buffer);
    free(g->memory);
    free(g->steps);
    free(g);
}
