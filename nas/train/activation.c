#include "activation.h"

#include <math.h>
#include <string.h>
#include "base/wide.h"
#include "layer.h"

enum { BLOCK = 4096 }; /* values a thread takes at a time */

/* Comparisons are such that NaN stays NaN, for the engine to find. */
static inline float relu(float x) {
    return x < 0.0F ? 0.0F : x;
}
static inline float clamp(float x, float high) {
    x = relu(x);
    return x > high ? high : x;
}

/* The normal distribution. */
static inline float normal(float x) {
    return 0.5F * (1.0F + erff(x * 0.70710678F));
}

static inline float relu6(float x) {
    return clamp(x, 6.0F);
}
static inline float hsigmoid(float x) {
    return clamp(x + 3.0F, 6.0F) * (1.0F / 6.0F);
}
static inline float hswish(float x) {
    return x * hsigmoid(x);
}
static inline float gelu(float x) {
    return x * normal(x);
}
static inline float sigmoid(float x) {
    return 1.0F / (1.0F + expf(-x));
}

/* What comes back through them: d times the slope at x. Selected, not multiplied by 0 or 1, or the
 * compiler makes jumps of it, which go wrong every other time. */
static inline float relu_back(float x, float d) {
    return x > 0.0F ? d : 0.0F;
}
static inline float relu6_back(float x, float d) {
    return x < 6.0F ? relu_back(x, d) : 0.0F;
}
static inline float hsigmoid_back(float x, float d) {
    return relu6_back(x + 3.0F, d * (1.0F / 6.0F));
}
static inline float hswish_back(float x, float d) {
    return d * hsigmoid(x) + hsigmoid_back(x, d * x);
}
static inline float gelu_back(float x, float d) {
    return d * (normal(x) + x * 0.39894228F * expf(-0.5F * x * x));
}
static inline float sigmoid_back(float x, float d) {
    float s = sigmoid(x);
    return d * s * (1.0F - s);
}

/* A loop for each, so that the choice is made once. A value depends on those at its own place
 * alone, which the compiler cannot know where both arrays are one. */
#define ACTIVATIONS(X)                                                                             \
    X(RELU, relu)                                                                                  \
    X(RELU6, relu6)                                                                                \
    X(HSIGMOID, hsigmoid)                                                                          \
    X(HSWISH, hswish)                                                                              \
    X(GELU, gelu)                                                                                  \
    X(SIGMOID, sigmoid)

#define LOOPS(NAME, f)                                                                             \
    LC__WIDE static void apply_##f(const float *x, float *y, size_t n) {                           \
        _Pragma("omp simd") for (size_t i = 0; i < n; i++) y[i] = f(x[i]);                         \
    }                                                                                              \
    LC__WIDE static void derive_##f(const float *x, const float *dy, float *dx, size_t n) {        \
        _Pragma("omp simd") for (size_t i = 0; i < n; i++) dx[i] = f##_back(x[i], dy[i]);          \
    }
ACTIVATIONS(LOOPS)

static void apply_none(const float *x, float *y, size_t n) {
    memmove(y, x, n * sizeof *y);
}

static void derive_none(const float *x, const float *dy, float *dx, size_t n) {
    (void)x;
    memmove(dx, dy, n * sizeof *dx);
}

static const struct {
    void (*apply)(const float *x, float *y, size_t n);
    void (*derive)(const float *x, const float *dy, float *dx, size_t n);
} loops[LC_ACT_COUNT] = {
#define LOOPS_ENTRY(NAME, f) [LC_ACT_##NAME] = {apply_##f, derive_##f},
    [LC_ACT_NONE] = {apply_none, derive_none}, ACTIVATIONS(LOOPS_ENTRY)};

void lc__act_apply(lc_act act, const float *x, float *y, size_t n) {
    loops[act].apply(x, y, n);
}

void lc__act_derive(lc_act act, const float *x, const float *dy, float *dx, size_t n) {
    loops[act].derive(x, dy, dx, n);
}

static size_t block_size(size_t at, size_t n) {
    return n - at < BLOCK ? n - at : BLOCK;
}

void lc__act_apply_all(lc_act act, const float *x, float *y, size_t n) {
#pragma omp parallel for
    for (size_t at = 0; at < n; at += BLOCK)
        lc__act_apply(act, x + at, y + at, block_size(at, n));
}

void lc__act_derive_all(lc_act act, const float *x, const float *dy, float *dx, size_t n) {
#pragma omp parallel for
    for (size_t at = 0; at < n; at += BLOCK)
        lc__act_derive(act, x + at, dy + at, dx + at, block_size(at, n));
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    (void)state, (void)w, (void)saved;
    lc__act_apply_all(g->op->act, x[0], z, lc__n_values(g->out));
}

static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    (void)state, (void)w, (void)z, (void)saved, (void)dw;
    if (dx[0])
        lc__act_derive_all(g->op->act, x[0], dz, dx[0], lc__n_values(g->out));
}

const lc__layer lc__layer_activation = {
    .type = LC_OP_ACTIVATION, .forward = forward, .backward = backward};
