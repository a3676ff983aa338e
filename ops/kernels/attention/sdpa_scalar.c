#include "kernels/attention/sdpa.h"

#include <math.h>
#include <string.h>

#include "kernels/norm/softmax.h"

/* Sizes of one head of one image. */
typedef struct head {
    size_t queries, keys;    /* tokens */
    size_t depth, value;     /* channels of queries and keys; of values */
    size_t stride, v_stride; /* floats from token to token */
} head;

static size_t tokens_of(lc_shape s) {
    return (size_t)s.h * (size_t)s.w;
}

static head head_of(const lc__call *call) {
    size_t heads = (size_t)call->op.heads;
    size_t c = (size_t)call->in_shape[0].c, d = (size_t)call->in_shape[2].c;
    return (head){.queries = tokens_of(call->in_shape[0]),
                  .keys = tokens_of(call->in_shape[1]),
                  .depth = c / heads,
                  .value = d / heads,
                  .stride = c,
                  .v_stride = d};
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t turned_size(const lc__call *call, const head *h) {
    return call->op.type == LC_OP_WMA ? h->queries * h->depth : 0;
}

size_t lc__sdpa_scratch(const lc__call *call) {
    head h = head_of(call);
    size_t most =
        larger(lc__product_scratch(h.depth, h.keys), lc__product_scratch(h.keys, h.value));
    most = larger(most, lc__product_scratch(h.depth, h.depth));
    return (h.queries * h.keys + turned_size(call, &h) + most) * sizeof(float);
}

typedef struct operands {
    const float *q, *k, *v, *turn; /* turn NULL: queries as they are */
    float *out;
} operands;

/* scores = softmax(scale q k^T), out = scores v; with `turn`, q W^T in place of q, and no scale. */
static void run_head(const lc__call *call, const head *h, const operands *o,
                     lc__product_fn *product) {
    float *scores = call->scratch, *turned = scores + h->queries * h->keys;
    float *rest = turned + turned_size(call, h);
    lc__product p = {.rows = h->queries,
                     .depth = h->depth,
                     .columns = h->depth,
                     .a = o->q,
                     .b = o->turn,
                     .c = turned,
                     .a_stride = h->stride,
                     .b_stride = h->depth,
                     .c_stride = h->depth,
                     .transpose_b = true};
    if (o->turn != NULL) {
        product(&p, rest, call->team);
        p.a = turned;
        p.a_stride = h->depth;
    }
    p.columns = h->keys;
    p.b = o->k;
    p.b_stride = h->stride;
    p.c = scores;
    p.c_stride = h->keys;
    product(&p, rest, call->team);
    float scale = o->turn != NULL ? 1.0F : 1.0F / sqrtf((float)h->depth);
    lc__softmax_rows(scores, scores, h->queries, h->keys, scale, call->team);
    p = (lc__product){.rows = h->queries,
                      .depth = h->keys,
                      .columns = h->value,
                      .a = scores,
                      .b = o->v,
                      .c = o->out,
                      .a_stride = h->keys,
                      .b_stride = h->v_stride,
                      .c_stride = h->v_stride};
    product(&p, rest, call->team);
}

void lc__sdpa_run(const lc__call *call, lc__product_fn *product) {
    head h = head_of(call);
    const float *q = call->in[0], *k = call->in[1], *v = call->in[2], *turns = call->packed;
    float *out = call->out;
    for (size_t image = 0; image < (size_t)call->in_shape[0].n; image++) {
        for (size_t i = 0; i < (size_t)call->op.heads; i++) {
            operands o = {.q = q + image * h.queries * h.stride + i * h.depth,
                          .k = k + image * h.keys * h.stride + i * h.depth,
                          .v = v + image * h.keys * h.v_stride + i * h.value,
                          .out = out + image * h.queries * h.v_stride + i * h.value};
            if (call->op.type == LC_OP_WMA) {
                o.turn = turns + i * h.depth * h.depth;
            }
            run_head(call, &h, &o, product);
        }
    }
}

size_t lc__sdpa_packed_size(const lc__call *call) {
    return (size_t)lc_op_weight_count(&call->op, call->in_shape[0]) * sizeof(float);
}

void lc__sdpa_pack(const lc__call *call, const float *weights, void *packed) {
    memcpy(packed, weights, lc__sdpa_packed_size(call));
}

static void run(const lc__call *call) {
    lc__sdpa_run(call, lc__product_run);
}

const lc__kernel lc__kernel_f32_sdpa = {
    .name = "f32_sdpa__scalar_4x8",
    .type = LC_OP_SDPA,
    .dtype = LC_DTYPE_F32,
    .scratch_size = lc__sdpa_scratch,
    .run = run,
};

const lc__kernel lc__kernel_f32_wma = {
    .name = "f32_wma__scalar_4x8",
    .type = LC_OP_WMA,
    .dtype = LC_DTYPE_F32,
    .packed_size = lc__sdpa_packed_size,
    .pack = lc__sdpa_pack,
    .scratch_size = lc__sdpa_scratch,
    .run = run,
};
