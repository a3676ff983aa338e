#include <math.h>
#include <string.h>

#include "kernels/attention/attention.h"
#include "kernels/attention/fused.h"
#include "kernels/conv/sliding.h"

#define ALIGN 64

static size_t tokens_of(lc_shape s) {
    return (size_t)s.h * (size_t)s.w;
}

static lc__fused fused_of(const lc__call *call) {
    size_t heads = (size_t)call->op.heads, width = (size_t)call->in_shape[0].c;
    size_t tokens = tokens_of(call->in_shape[0]), depth = width / heads;
    return (lc__fused){.images = (size_t)call->in_shape[0].n,
                       .heads = heads,
                       .queries = tokens,
                       .keys = tokens,
                       .depth = depth,
                       .value = depth,
                       .q_stride = width,
                       .k_stride = width,
                       .v_stride = width,
                       .out_stride = width,
                       .scale = 1.0F / sqrtf((float)depth)};
}

static lc__sliding projection_of(const lc__call *call) {
    size_t rows = (size_t)call->in_shape[0].n * tokens_of(call->in_shape[0]);
    size_t width = (size_t)call->in_shape[0].c;
    lc__sliding s = lc__sliding_matrix(rows, width, width);
    s.finish.format = lc__format_new(LC_DTYPE_F32, 0);
    return s;
}

/* Bytes of one packed projection: weights, then bias[C], each aligned. */
static size_t projection_bytes(const lc__sliding *s, const lc__micro *m) {
    return lc__sliding_packed(s, m) + (s->out_group * sizeof(float) + ALIGN - 1) / ALIGN * ALIGN;
}

size_t lc__fused_attention_packed(const lc__call *call, const lc__attention_means *means) {
    lc__sliding s = projection_of(call);
    return 4 * projection_bytes(&s, means->micro);
}

void lc__fused_attention_pack(const lc__call *call, const lc__attention_means *means,
                              const float *weights, void *packed) {
    lc__sliding s = projection_of(call);
    size_t width = s.out_group;
    char *to = packed;
    for (int i = 0; i < 4; i++, to += projection_bytes(&s, means->micro)) {
        lc__sliding_pack(&s, means->micro, weights, NULL, to);
        memcpy(to + lc__sliding_packed(&s, means->micro), weights + width * width,
               width * sizeof *weights);
        weights += width * (width + 1);
    }
}

/* Bytes of one of q, k, v and the results of the heads. */
static size_t tensor_bytes(const lc__call *call) {
    size_t bytes = (size_t)lc_shape_count(call->in_shape[0]) * sizeof(float);
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

size_t lc__fused_attention_scratch(const lc__call *call, const lc__attention_means *means) {
    lc__sliding s = projection_of(call);
    lc__fused f = fused_of(call);
    int threads = lc__team_size(call->team);
    size_t projection = lc__sliding_scratch(&s, means->micro, threads);
    size_t core = lc__fused_scratch(&f, means, threads);
    return 4 * tensor_bytes(call) + (core > projection ? core : projection);
}

static void project(const lc__call *call, const lc__micro *m, int which, const float *x, float *y,
                    void *scratch) {
    lc__sliding s = projection_of(call);
    const char *packed = (const char *)call->packed + (size_t)which * projection_bytes(&s, m);
    s.x = x;
    s.y = y;
    s.weights = packed;
    s.finish.bias = (const float *)(const void *)(packed + lc__sliding_packed(&s, m));
    lc__sliding_run(&s, m, scratch, call->team);
}

void lc__fused_attention_run(const lc__call *call, const lc__attention_means *means) {
    float *at[4]; /* q, k, v, results */
    char *scratch = call->scratch;
    for (int i = 0; i < 4; i++, scratch += tensor_bytes(call)) {
        at[i] = (float *)(void *)scratch;
    }
    for (int i = LC__ATTENTION_Q; i <= LC__ATTENTION_V; i++) {
        project(call, means->micro, i, call->in[0], at[i], scratch);
    }
    lc__fused f = fused_of(call);
    f.q = at[LC__ATTENTION_Q];
    f.k = at[LC__ATTENTION_K];
    f.v = at[LC__ATTENTION_V];
    f.out = at[LC__ATTENTION_OUT];
    lc__fused_run(&f, means, scratch, call->team);
    project(call, means->micro, LC__ATTENTION_OUT, f.out, call->out, scratch);
}

/* Queries, keys and values are inputs. */
static lc__fused sdpa_of(const lc__call *call) {
    lc__fused f = fused_of(call);
    f.keys = tokens_of(call->in_shape[1]);
    f.value = (size_t)call->in_shape[2].c / f.heads;
    f.v_stride = f.out_stride = (size_t)call->in_shape[2].c;
    f.q = call->in[0];
    f.k = call->in[1];
    f.v = call->in[2];
    f.out = call->out;
    return f;
}

size_t lc__fused_sdpa_scratch(const lc__call *call, const lc__attention_means *means) {
    lc__fused f = sdpa_of(call);
    return lc__fused_scratch(&f, means, lc__team_size(call->team));
}

void lc__fused_sdpa_run(const lc__call *call, const lc__attention_means *means) {
    lc__fused f = sdpa_of(call);
    lc__fused_run(&f, means, call->scratch, call->team);
}

/* wma: a small product for each head turns the queries, a pointwise convolution of `heads` groups;
 * then it is sdpa without a scale. Packed: the weights of that; scratch: turned queries, then what
 * either step needs. */
static lc__sliding turn_of(const lc__call *call) {
    lc__sliding s = projection_of(call);
    s.groups = (size_t)call->op.heads;
    s.in_group /= s.groups;
    s.out_group /= s.groups;
    return s;
}

size_t lc__fused_wma_packed(const lc__call *call, const lc__attention_means *means) {
    lc__sliding s = turn_of(call);
    return lc__sliding_packed(&s, means->micro);
}

void lc__fused_wma_pack(const lc__call *call, const lc__attention_means *means,
                        const float *weights, void *packed) {
    lc__sliding s = turn_of(call);
    lc__sliding_pack(&s, means->micro, weights, NULL, packed);
}

size_t lc__fused_wma_scratch(const lc__call *call, const lc__attention_means *means) {
    lc__sliding s = turn_of(call);
    size_t turn = lc__sliding_scratch(&s, means->micro, lc__team_size(call->team));
    size_t core = lc__fused_sdpa_scratch(call, means);
    return tensor_bytes(call) + (core > turn ? core : turn);
}

void lc__fused_wma_run(const lc__call *call, const lc__attention_means *means) {
    lc__sliding s = turn_of(call);
    lc__fused f = sdpa_of(call);
    char *rest = (char *)call->scratch + tensor_bytes(call);
    s.x = call->in[0];
    s.y = call->scratch;
    s.weights = call->packed;
    lc__sliding_run(&s, means->micro, rest, call->team);
    f.q = call->scratch;
    f.scale = 1.0F;
    lc__fused_run(&f, means, rest, call->team);
}
