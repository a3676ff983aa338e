#include "kernels/conv/window.h"
#include "kernels/linear/product.h"

typedef struct packing {
    const lc__product *product;
    float *packed;
} packing;

/* Packs blocks of columns of B as [depth][8], zeros past the last column. */
static void pack_blocks(void *context, size_t begin, size_t end) {
    const packing *job = context;
    const lc__product *p = job->product;
    size_t along_depth = p->transpose_b ? 1 : p->b_stride;
    size_t along_columns = p->transpose_b ? p->b_stride : 1;
    for (size_t block = begin; block < end; block++) {
        float *to = job->packed + block * p->depth * LC__WINDOW_OUTPUTS;
        size_t first = block * LC__WINDOW_OUTPUTS, left = p->columns - first;
        size_t lanes = left < LC__WINDOW_OUTPUTS ? left : LC__WINDOW_OUTPUTS;
        for (size_t k = 0; k < p->depth; k++, to += LC__WINDOW_OUTPUTS) {
            const float *from = p->b + k * along_depth + first * along_columns;
            for (size_t lane = 0; lane < LC__WINDOW_OUTPUTS; lane++) {
                to[lane] = lane < lanes ? from[lane * along_columns] : 0.0F;
            }
        }
    }
}

size_t lc__product_scratch(size_t depth, size_t columns) {
    return (columns + LC__WINDOW_OUTPUTS - 1) / LC__WINDOW_OUTPUTS * LC__WINDOW_OUTPUTS * depth;
}

void lc__product_run(const lc__product *p, float *scratch, lc__team *team) {
    packing job = {p, scratch};
    size_t blocks = (p->columns + LC__WINDOW_OUTPUTS - 1) / LC__WINDOW_OUTPUTS;
    lc__parallel_for(team, blocks, pack_blocks, &job);
    lc__window w = lc__window_matrix(p->rows, p->depth, p->columns);
    w.x = p->a;
    w.x_stride = p->a_stride;
    w.weights = scratch;
    w.y = p->c;
    w.y_stride = p->c_stride;
    lc__window_multiply(&w, team);
}

void lc__matmul_run(const lc__call *call, lc__product_fn *product) {
    lc_shape a = call->in_shape[0], b = call->in_shape[1], c = call->out_shape;
    lc__product p = {.rows = (size_t)a.w,
                     .depth = (size_t)a.c,
                     .columns = (size_t)c.c,
                     .a_stride = (size_t)a.c,
                     .b_stride = (size_t)b.c,
                     .c_stride = (size_t)c.c,
                     .transpose_b = call->op.transpose_b};
    for (size_t i = 0; i < (size_t)a.n * (size_t)a.h; i++) {
        p.a = (const float *)call->in[0] + i * p.rows * p.depth;
        p.b = (const float *)call->in[1] + i * p.depth * p.columns;
        p.c = (float *)call->out + i * p.rows * p.columns;
        product(&p, call->scratch, call->team);
    }
}

static size_t scratch_size(const lc__call *call) {
    return lc__product_scratch((size_t)call->in_shape[0].c, (size_t)call->out_shape.c) *
           sizeof(float);
}

static void run(const lc__call *call) {
    lc__matmul_run(call, lc__product_run);
}

const lc__kernel lc__kernel_f32_matmul = {
    .name = "f32_matmul__scalar_4x8",
    .type = LC_OP_MATMUL,
    .dtype = LC_DTYPE_F32,
    .scratch_size = scratch_size,
    .run = run,
};
