#include "kernels/attention/attention.h"

#include <math.h>

#include "kernels/conv/window.h"
#include "kernels/norm/softmax.h"

static size_t tokens_of(const lc__call *call) {
    return (size_t)call->in_shape[0].h * (size_t)call->in_shape[0].w;
}

static size_t width_of(const lc__call *call) {
    return (size_t)call->in_shape[0].c;
}

size_t lc__attention_scratch(const lc__call *call, size_t product_scratch) {
    size_t tokens = tokens_of(call), rows = (size_t)call->in_shape[0].n * tokens;
    return (4 * rows * width_of(call) + tokens * tokens + product_scratch) * sizeof(float);
}

/* One head of one image: scores = softmax(q k^T / sqrt(d)), result = scores v. */
static void run_head(const lc__call *call, lc__product_fn *product, const float *const qkv[3],
                     float *scores, float *result) {
    size_t tokens = tokens_of(call), width = width_of(call);
    size_t depth = width / (size_t)call->op.heads;
    float *scratch = scores + tokens * tokens;
    lc__product p = {.rows = tokens,
                     .depth = depth,
                     .columns = tokens,
                     .a = qkv[0],
                     .b = qkv[1],
                     .c = scores,
                     .a_stride = width,
                     .b_stride = width,
                     .c_stride = tokens,
                     .transpose_b = true};
    product(&p, scratch, call->team);
    lc__softmax_rows(scores, scores, tokens, tokens, 1.0F / sqrtf((float)depth), call->team);
    p = (lc__product){.rows = tokens,
                      .depth = tokens,
                      .columns = depth,
                      .a = scores,
                      .b = qkv[2],
                      .c = result,
                      .a_stride = tokens,
                      .b_stride = width,
                      .c_stride = width};
    product(&p, scratch, call->team);
}

void lc__attention_run(const lc__call *call, lc__project_fn *project, lc__product_fn *product) {
    size_t tokens = tokens_of(call), width = width_of(call);
    size_t images = (size_t)call->in_shape[0].n, block = images * tokens * width;
    size_t depth = width / (size_t)call->op.heads;
    float *q = call->scratch, *k = q + block, *v = k + block, *result = v + block;
    project(call, LC__ATTENTION_Q, call->in[0], q);
    project(call, LC__ATTENTION_K, call->in[0], k);
    project(call, LC__ATTENTION_V, call->in[0], v);
    for (size_t image = 0; image < images; image++) {
        for (size_t head = 0; head < (size_t)call->op.heads; head++) {
            size_t at = image * tokens * width + head * depth;
            const float *const qkv[3] = {q + at, k + at, v + at};
            run_head(call, product, qkv, result + block, result + at);
        }
    }
    project(call, LC__ATTENTION_OUT, result, call->out);
}

static lc__window projection(const lc__call *call) {
    size_t rows = (size_t)call->in_shape[0].n * tokens_of(call);
    return lc__window_matrix(rows, width_of(call), width_of(call));
}

/* Packed: for each projection its weights, then its bias[C]. */
static size_t packed_size(const lc__call *call) {
    lc__window w = projection(call);
    return 4 * (lc__window_packed(&w) + width_of(call)) * sizeof(float);
}

static void pack(const lc__call *call, const float *weights, void *packed) {
    float *to = packed;
    lc__window w = projection(call);
    size_t width = width_of(call), size = lc__window_packed(&w);
    for (int i = 0; i < 4; i++, weights += width * (width + 1), to += size + width) {
        lc__window_pack(&w, LC__TERM_MULTIPLY, weights, to);
        memcpy(to + size, weights + width * width, width * sizeof *to);
    }
}

static void project_packed(const lc__call *call, int which, const float *x, float *y) {
    lc__window w = projection(call);
    size_t size = lc__window_packed(&w);
    w.x = x;
    w.y = y;
    w.weights = (const float *)call->packed + (size_t)which * (size + width_of(call));
    w.bias = w.weights + size;
    lc__window_multiply(&w, call->team);
}

static size_t scratch_size(const lc__call *call) {
    size_t tokens = tokens_of(call), depth = width_of(call) / (size_t)call->op.heads;
    size_t scores = lc__product_scratch(depth, tokens);
    size_t results = lc__product_scratch(tokens, depth);
    return lc__attention_scratch(call, scores > results ? scores : results);
}

static void run(const lc__call *call) {
    lc__attention_run(call, project_packed, lc__product_run);
}

const lc__kernel lc__kernel_f32_attention = {
    .name = "f32_attention__scalar_4x8",
    .type = LC_OP_ATTENTION,
    .dtype = LC_DTYPE_F32,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .run = run,
};
