/* attention: self-attention of `heads` over the T = H W tokens of each image (arXiv:1706.03762,
 * section 3.2). Weights: for q, k, v and the output in turn W [C][C] (out, in) and bias [C].
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "backends/arena.h"
#include "base/memory.h"
#include "dense.h"
#include "layer.h"
#include "product.h"
#include "rows.h"

enum { Q, K, V, OUT, PROJECTIONS };

typedef struct sizes {
    size_t images, tokens, channels, heads, depth;
    size_t values, scores; /* floats of [N,T,C], of [N,heads,T,T] */
} sizes;

static sizes sizes_of(const lc__geometry *g) {
    lc_shape in = g->in[0];
    sizes s = {.images = (size_t)in.n,
               .tokens = (size_t)in.h * (size_t)in.w,
               .channels = (size_t)in.c,
               .heads = (size_t)g->op->heads};
    s.depth = s.channels / s.heads;
    s.values = s.images * s.tokens * s.channels;
    s.scores = s.images * s.heads * s.tokens * s.tokens;
    return s;
}

static lc__dense projection(const sizes *s) {
    return (lc__dense){s->images * s->tokens, s->channels, s->channels};
}

/* Where the weights of projection `which` begin; its bias is the last C of them. */
static size_t weights_at(const sizes *s, int which) {
    return (size_t)which * s->channels * (s->channels + 1);
}

static size_t bias_at(const sizes *s, int which) {
    return weights_at(s, which) + s->channels * s->channels;
}

static size_t n_weights(const lc__geometry *g) {
    sizes s = sizes_of(g);
    return weights_at(&s, PROJECTIONS);
}

static void init(const lc__geometry *g, uint64_t *rng, float *w) {
    sizes s = sizes_of(g);
    for (int i = 0; i < PROJECTIONS; i++) {
        lc__layer_draw(rng, s.channels, 1.0F, w + weights_at(&s, i), s.channels * s.channels);
        memset(w + bias_at(&s, i), 0, s.channels * sizeof *w);
    }
}

/* Saved: q, k, v and what the heads give, [N,T,C] each, then the softmax of the scores. */
static size_t n_saved(const lc__geometry *g) {
    sizes s = sizes_of(g);
    return PROJECTIONS * s.values + s.scores;
}

/* The state is room for the gradients of all that is saved. */
static lc_status prepare(const lc__geometry *g, void **state, lc_error *err) {
    *state = lc__arena_alloc(n_saved(g) * sizeof(float));
    return *state ? LC_OK : lc__no_memory(err);
}

/* Where one head of one image begins, in what is saved and in its gradients alike. */
typedef struct head {
    size_t part[PROJECTIONS], scores; /* parts [T, depth] in rows of C */
} head;

static head head_of(const sizes *s, size_t at) {
    size_t image = at / s->heads, number = at % s->heads;
    head h = {.scores = PROJECTIONS * s->values + at * s->tokens * s->tokens};
    for (size_t i = 0; i < PROJECTIONS; i++)
        h.part[i] = i * s->values + image * s->tokens * s->channels + number * s->depth;
    return h;
}

static lc__view part(const sizes *s, const float *data, bool turned) {
    return (lc__view){data, s->channels, turned};
}

static lc__view scores(const sizes *s, const float *data, bool turned) {
    return (lc__view){data, s->tokens, turned};
}

/* softmax(q k^T / sqrt depth) v */
static void head_forward(const sizes *s, const head *h, float *y) {
    size_t t = s->tokens, d = s->depth;
    float *p = y + h->scores;
    lc__product(t, t, d, 1.0F / sqrtf((float)d), part(s, y + h->part[Q], false),
                part(s, y + h->part[K], true), false, p, t);
    for (size_t r = 0; r < t; r++)
        lc__softmax(p + r * t, p + r * t, t);
    lc__product(t, d, t, 1.0F, scores(s, p, false), part(s, y + h->part[V], false), false,
                y + h->part[OUT], s->channels);
}

/* From what is saved, y, and the gradient of OUT the gradients of q, k and v. */
static void head_backward(const sizes *s, const head *h, const float *y, float *dy) {
    size_t t = s->tokens, d = s->depth, c = s->channels;
    float scale = 1.0F / sqrtf((float)d), *dp = dy + h->scores;
    const float *p = y + h->scores, *dout = dy + h->part[OUT];
    lc__product(t, d, t, 1.0F, scores(s, p, true), part(s, dout, false), false, dy + h->part[V], c);
    lc__product(t, t, d, 1.0F, part(s, dout, false), part(s, y + h->part[V], true), false, dp, t);
    for (size_t r = 0; r < t; r++)
        lc__softmax_derive(p + r * t, dp + r * t, dp + r * t, t);
    lc__product(t, d, t, scale, scores(s, dp, false), part(s, y + h->part[K], false), false,
                dy + h->part[Q], c);
    lc__product(t, d, t, scale, scores(s, dp, true), part(s, y + h->part[Q], false), false,
                dy + h->part[K], c);
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    (void)state;
    sizes s = sizes_of(g);
    for (int i = Q; i < OUT; i++)
        lc__dense_forward(projection(&s), x[0], w + weights_at(&s, i), w + bias_at(&s, i),
                          saved + (size_t)i * s.values);
#pragma omp parallel for
    for (size_t i = 0; i < s.images * s.heads; i++) {
        head h = head_of(&s, i);
        head_forward(&s, &h, saved);
    }
    lc__dense_forward(projection(&s), saved + OUT * s.values, w + weights_at(&s, OUT),
                      w + bias_at(&s, OUT), z);
}

static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    (void)z;
    sizes s = sizes_of(g);
    float *gradients = state;
    lc__dense_backward(projection(&s), saved + OUT * s.values, w + weights_at(&s, OUT), dz,
                       gradients + OUT * s.values, dw + weights_at(&s, OUT), dw + bias_at(&s, OUT));
#pragma omp parallel for
    for (size_t i = 0; i < s.images * s.heads; i++) {
        head h = head_of(&s, i);
        head_backward(&s, &h, saved, gradients);
    }
    for (int i = Q; i < OUT; i++) {
        const float *dy = gradients + (size_t)i * s.values;
        lc__dense_backward(projection(&s), x[0], w + weights_at(&s, i), dy, NULL,
                           dw + weights_at(&s, i), dw + bias_at(&s, i));
        if (dx[0])
            lc__product(s.images * s.tokens, s.channels, s.channels, 1.0F,
                        (lc__view){dy, s.channels, false},
                        (lc__view){w + weights_at(&s, i), s.channels, false}, i != Q, dx[0],
                        s.channels);
    }
}

const lc__layer lc__layer_attention = {
    .type = LC_OP_ATTENTION,
    .n_weights = n_weights,
    .init = init,
    .prepare = prepare,
    .release = free,
    .n_saved = n_saved,
    .forward = forward,
    .backward = backward,
};
