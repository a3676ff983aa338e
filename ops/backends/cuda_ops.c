/* All operators but the convolutions. */
#include <math.h>
#include <stdlib.h>

#include "cuda_net.h"

static const lc_node *input_of(const lc__cuda_net *g, const lc_node *node, int which) {
    return lc_net_node(g->net, node->inputs[which]);
}

static const float *at_input(const lc__cuda_net *g, const lc_node *node, int which) {
    return lc__cuda_at(g->buffer[node->inputs[which]]);
}

static float *at_output(const lc__cuda_net *g) {
    return lc__cuda_at(g->buffer[g->node]);
}

static double elements(const lc_node *node) {
    return (double)lc_shape_count(node->shape);
}

/* ---- small ones ---- */

static lc_status activation(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_args a = lc__cuda_args_of(g, node);
    return lc__cuda_each(g, LC__CUDA_activate, &a, elements(node));
}

static lc_status channel_shuffle(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_args a = lc__cuda_args_of(g, node);
    return lc__cuda_each(g, LC__CUDA_shuffle, &a, elements(node));
}

static lc_status spatial_shift(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_args a = lc__cuda_args_of(g, node);
    return lc__cuda_each(g, LC__CUDA_spatial_shift, &a, elements(node));
}

static lc_status window_pool(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_args a = lc__cuda_args_of(g, node);
    a.inner = node->op.type == LC_OP_MAX_POOL;
    return lc__cuda_each(g, LC__CUDA_pool, &a, elements(node));
}

static lc_status global_pool(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_args a = lc__cuda_args_of(g, node);
    return lc__cuda_each(g, LC__CUDA_global_avg_pool, &a, elements(node));
}

static lc_status run_zero(const lc__cuda_net *g, const lc__cuda_step *step, lc_error *err) {
    size_t bytes = (size_t)step->args.rows * (size_t)step->args.columns * sizeof(float);
    return lc__cuda_check(
        g->cuda, g->cuda->driver.fill((uint64_t)(uintptr_t)step->args.y, 0, bytes, g->cuda->stream),
        "filling with zeros", err);
}

static lc_status zero(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_step step = {.run = run_zero, .args = lc__cuda_args_of(g, node)};
    return lc__cuda_add_step(g, &step);
}

static lc_status concat(lc__cuda_net *g, const lc_node *node) {
    lc_status s = LC_OK;
    lc__cuda_args a = lc__cuda_args_of(g, node);
    for (int i = 0; i < node->n_inputs && s == LC_OK; i++) {
        a.x = at_input(g, node, i);
        a.columns = input_of(g, node, i)->shape.c;
        s = lc__cuda_each(g, LC__CUDA_place, &a, (double)a.rows * a.columns);
        a.offset += a.columns;
    }
    return s;
}

/* Sums and products of more than two go on in place; the last one activates. */
static lc_status combine(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_kernel kernel = node->op.type == LC_OP_ADD ? LC__CUDA_add : LC__CUDA_multiply;
    lc_status s = LC_OK;
    lc__cuda_args a = lc__cuda_args_of(g, node);
    for (int i = 1; i < node->n_inputs && s == LC_OK; i++) {
        lc_shape second = input_of(g, node, i)->shape;
        a.x2 = at_input(g, node, i);
        a.inner = !lc_shape_equal(second, node->shape);
        a.act = i + 1 < node->n_inputs ? LC_ACT_NONE : (int)node->op.act;
        s = lc__cuda_each(g, kernel, &a, elements(node));
        a.x = a.y;
    }
    return s;
}

static lc_status softmax(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_args a = lc__cuda_args_of(g, node);
    return lc__cuda_tiles(g, LC__CUDA_softmax, &a, (const unsigned[]){(unsigned)a.rows, 1, 1});
}

/* ---- with weights ---- */

static lc_status layer_norm(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_args a = lc__cuda_args_of(g, node);
    float *weights = NULL;
    uint64_t at = 0;
    lc_status s = lc__cuda_weights(g, node, &weights);
    if (s == LC_OK) {
        s = lc__cuda_put(g, weights, 2 * (size_t)a.c, &at);
    }
    free(weights);
    a.w = lc__cuda_at(at);
    a.b = a.w + a.c;
    return s != LC_OK ? s
                      : lc__cuda_tiles(g, LC__CUDA_layer_norm, &a,
                                       (const unsigned[]){(unsigned)a.rows, 1, 1});
}

/* y[rows][out] = act(x[rows][in] W^T + b), W and b at *weights, which moves on behind them. */
static lc_status dense(lc__cuda_net *g, const float *x, float *y, int rows, int in, int out,
                       bool bias, lc_act act, const float **weights) {
    uint64_t w = 0, b = 0;
    lc_status s = lc__cuda_put(g, *weights, (size_t)in * (size_t)out, &w);
    *weights += (size_t)in * (size_t)out;
    if (s == LC_OK && bias) {
        s = lc__cuda_put(g, *weights, (size_t)out, &b);
        *weights += out;
    }
    if (s == LC_OK) {
        s = lc__cuda_dense(g, x, w, y, rows, in, out);
    }
    return s != LC_OK ? s : lc__cuda_activate(g, y, lc__cuda_at(b), act, rows, out);
}

static lc_status linear(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_args a = lc__cuda_args_of(g, node);
    float *weights = NULL;
    lc_status s = lc__cuda_weights(g, node, &weights);
    const float *next = weights;
    if (s == LC_OK) {
        s = dense(g, a.x, a.y, a.rows, a.c, a.oc, node->op.bias, node->op.act, &next);
    }
    free(weights);
    return s;
}

static lc_status matmul(lc__cuda_net *g, const lc_node *node) {
    lc_shape a = input_of(g, node, 0)->shape, b = input_of(g, node, 1)->shape, c = node->shape;
    lc__cuda_args product = {.x = at_input(g, node, 0),
                             .x2 = at_input(g, node, 1),
                             .y = at_output(g),
                             .rows = a.w,
                             .columns = c.c,
                             .inner = a.c,
                             .lda = a.c,
                             .ldb = b.c,
                             .ldc = c.c,
                             .transpose_b = node->op.transpose_b,
                             .stride_a = (long long)a.w * a.c,
                             .stride_b = (long long)b.w * b.c,
                             .stride_c = (long long)c.w * c.c,
                             .scale = 1};
    return lc__cuda_product(g, &product, a.n * a.h);
}

/* ---- attention ---- */

typedef struct heads {
    int tokens, channels, count, size;
    float *q, *k, *v, *scores, *mixed; /* of one image */
} heads;

static lc_status rooms(lc__cuda_net *g, heads *h) {
    size_t plane = (size_t)h->tokens * (size_t)h->channels;
    size_t square = (size_t)h->count * (size_t)h->tokens * (size_t)h->tokens;
    uint64_t at = 0;
    lc_status s = lc__cuda_alloc(g, 4 * plane + square, &at);
    h->q = lc__cuda_at(at);
    h->k = h->q + plane;
    h->v = h->k + plane;
    h->mixed = h->v + plane;
    h->scores = h->mixed + plane;
    return s;
}

/* softmax(q k^T / sqrt(size)) v, head by head. */
static lc_status mix(lc__cuda_net *g, const heads *h) {
    lc__cuda_args scores = {.x = h->q,
                            .x2 = h->k,
                            .y = h->scores,
                            .rows = h->tokens,
                            .columns = h->tokens,
                            .inner = h->size,
                            .lda = h->channels,
                            .ldb = h->channels,
                            .ldc = h->tokens,
                            .transpose_b = 1,
                            .stride_a = h->size,
                            .stride_b = h->size,
                            .stride_c = (long long)h->tokens * h->tokens,
                            .scale = 1.0F / sqrtf((float)h->size)};
    lc__cuda_args normal = {.x = h->scores, .y = h->scores, .columns = h->tokens};
    lc__cuda_args values = {.x = h->scores,
                            .x2 = h->v,
                            .y = h->mixed,
                            .rows = h->tokens,
                            .columns = h->size,
                            .inner = h->tokens,
                            .lda = h->tokens,
                            .ldb = h->channels,
                            .ldc = h->channels,
                            .stride_a = (long long)h->tokens * h->tokens,
                            .stride_b = h->size,
                            .stride_c = h->size,
                            .scale = 1};
    lc_status s = lc__cuda_product(g, &scores, h->count);
    if (s == LC_OK) {
        s = lc__cuda_tiles(g, LC__CUDA_softmax, &normal,
                           (const unsigned[]){(unsigned)(h->count * h->tokens), 1, 1});
    }
    return s != LC_OK ? s : lc__cuda_product(g, &values, h->count);
}

static lc_status attend(lc__cuda_net *g, const heads *h, const float *x, float *y,
                        const float *weights) {
    float *const to[] = {h->q, h->k, h->v};
    lc_status s = LC_OK;
    for (int i = 0; i < 3 && s == LC_OK; i++) {
        s = dense(g, x, to[i], h->tokens, h->channels, h->channels, true, LC_ACT_NONE, &weights);
    }
    if (s == LC_OK) {
        s = mix(g, h);
    }
    return s != LC_OK ? s
                      : dense(g, h->mixed, y, h->tokens, h->channels, h->channels, true,
                              LC_ACT_NONE, &weights);
}

static lc_status attention(lc__cuda_net *g, const lc_node *node) {
    lc_shape in = input_of(g, node, 0)->shape;
    heads h = {.tokens = in.h * in.w,
               .channels = in.c,
               .count = node->op.heads,
               .size = in.c / node->op.heads};
    size_t plane = (size_t)h.tokens * (size_t)h.channels;
    float *weights = NULL;
    lc_status s = rooms(g, &h);
    if (s == LC_OK) {
        s = lc__cuda_weights(g, node, &weights);
    }
    for (int image = 0; image < in.n && s == LC_OK; image++) {
        size_t at = (size_t)image * plane;
        s = attend(g, &h, at_input(g, node, 0) + at, at_output(g) + at, weights);
    }
    free(weights);
    return s;
}

/* ---- squeeze and excite ---- */

static lc_status squeeze_excite(lc__cuda_net *g, const lc_node *node) {
    lc__cuda_args a = lc__cuda_args_of(g, node), mean = a, scaled = a;
    int squeeze = node->op.squeeze;
    uint64_t at = 0;
    float *weights = NULL;
    lc_status s = lc__cuda_alloc(g, (size_t)a.n * (size_t)(2 * a.c + squeeze), &at);
    if (s == LC_OK) {
        s = lc__cuda_weights(g, node, &weights);
    }
    const float *next = weights;
    float *gate = lc__cuda_at(at), *pooled = gate + (size_t)a.n * (size_t)a.c;
    float *middle = pooled + (size_t)a.n * (size_t)a.c;
    mean.y = pooled;
    if (s == LC_OK) {
        s = lc__cuda_each(g, LC__CUDA_global_avg_pool, &mean, (double)a.n * a.c);
    }
    if (s == LC_OK) {
        s = dense(g, pooled, middle, a.n, a.c, squeeze, true, LC_ACT_RELU, &next);
    }
    if (s == LC_OK) {
        s = dense(g, middle, gate, a.n, squeeze, a.c, true, node->op.act, &next);
    }
    free(weights);
    scaled.x2 = gate;
    scaled.inner = 1;
    scaled.act = LC_ACT_NONE;
    return s != LC_OK ? s : lc__cuda_each(g, LC__CUDA_multiply, &scaled, elements(node));
}

lc__cuda_op_fn *lc__cuda_operator(lc_op_type type) {
    static lc__cuda_op_fn *const operators[LC_OP_COUNT] = {
        [LC_OP_CONV2D] = lc__cuda_convolution,
        [LC_OP_SHIFT_CONV2D] = lc__cuda_convolution,
        [LC_OP_ADDER_CONV2D] = lc__cuda_convolution,
        [LC_OP_SPATIAL_SHIFT] = spatial_shift,
        [LC_OP_LINEAR] = linear,
        [LC_OP_MATMUL] = matmul,
        [LC_OP_ATTENTION] = attention,
        [LC_OP_LAYER_NORM] = layer_norm,
        [LC_OP_SOFTMAX] = softmax,
        [LC_OP_MAX_POOL] = window_pool,
        [LC_OP_AVG_POOL] = window_pool,
        [LC_OP_GLOBAL_AVG_POOL] = global_pool,
        [LC_OP_ADD] = combine,
        [LC_OP_MUL] = combine,
        [LC_OP_CONCAT] = concat,
        [LC_OP_CHANNEL_SHUFFLE] = channel_shuffle,
        [LC_OP_ACTIVATION] = activation,
        [LC_OP_SQUEEZE_EXCITE] = squeeze_excite,
        [LC_OP_ZERO] = zero,
    };
    return operators[type];
}
