/* Layers against plain definitions and central differences. */
#include "train/layer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"

enum { SAMPLES = 12 }; /* values of each array that are tried */

/* A layer on inputs of its own. The loss is the sum of r z. */
typedef struct bench {
    const char *what;
    lc_op op;
    lc__geometry g;
    const lc__layer *layer;
    void *state;
    size_t n_w;
    float *x[LC_OP_MAX_INPUTS], *dx[LC_OP_MAX_INPUTS];
    float *w, *dw, *z, *r, *saved;
} bench;

static float *array(size_t n, uint64_t *rng) {
    float *x = aligned_alloc(64, (n * sizeof *x / 64 + 1) * 64);
    cr_assert_not_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = rng ? (float)(2 * lc__rng_unit(rng) - 1) : NAN;
    return x;
}

static bench bench_new(const char *what, lc_op op, const lc_shape *in, int n_in) {
    bench b = {.what = what, .op = op};
    uint64_t rng = 7;
    lc_error err = {0};
    b.g = (lc__geometry){.n_in = n_in};
    memcpy(b.g.in, in, (size_t)n_in * sizeof *in);
    cr_assert_eq(lc_op_infer(&op, in, n_in, &b.g.out, &err), LC_OK, "%s: %s", what, err.message);
    b.layer = lc__layer_find(op.type);
    cr_assert_not_null(b.layer);
    for (int i = 0; i < n_in; i++) {
        b.x[i] = array(lc__n_values(in[i]), &rng);
        b.dx[i] = array(lc__n_values(in[i]), NULL);
    }
    b.g.op = &op;
    b.n_w = b.layer->n_weights ? b.layer->n_weights(&b.g) : 0;
    b.w = array(b.n_w, &rng);
    b.dw = array(b.n_w, NULL);
    b.z = array(lc__n_values(b.g.out), NULL);
    b.r = array(lc__n_values(b.g.out), &rng);
    b.saved = array(b.layer->n_saved ? b.layer->n_saved(&b.g) : 0, NULL);
    return b;
}

/* Once the bench is where it stays: the state keeps its geometry. */
static void bench_prepare(bench *b) {
    lc_error err = {0};
    b->g.op = &b->op;
    if (b->layer->prepare)
        cr_assert_eq(b->layer->prepare(&b->g, &b->state, &err), LC_OK, "%s: %s", b->what,
                     err.message);
}

static void bench_free(bench *b) {
    if (b->state)
        b->layer->release(b->state);
    for (int i = 0; i < b->g.n_in; i++) {
        free(b->x[i]);
        free(b->dx[i]);
    }
    free(b->w);
    free(b->dw);
    free(b->z);
    free(b->r);
    free(b->saved);
}

static double loss(bench *b) {
    double sum = 0;
    b->layer->forward(&b->g, b->state, (const float *const *)b->x, b->w, b->z, b->saved);
    for (size_t i = 0; i < lc__n_values(b->g.out); i++)
        sum += (double)b->r[i] * (double)b->z[i];
    return sum;
}

/* Some values of x, or all of a few, moved by `step` to both sides. */
static void check_array(bench *b, float *x, const float *dx, size_t n, double step) {
    double scale = 1;
    for (size_t i = 0; i < n; i++)
        scale = fmax(scale, fabs((double)dx[i]));
    uint64_t rng = 3;
    for (size_t k = 0; k < (n < SAMPLES ? n : SAMPLES); k++) {
        size_t i = n < SAMPLES ? k : lc__rng_below(&rng, n);
        float old = x[i];
        x[i] = (float)((double)old + step);
        double above = loss(b);
        x[i] = (float)((double)old - step);
        double slope = (above - loss(b)) / (2 * step);
        x[i] = old;
        cr_expect(fabs(slope - (double)dx[i]) < 3e-3 * scale,
                  "%s: value %zu: %g, by differences %g", b->what, i, (double)dx[i], slope);
    }
}

static void check(bench *b, double step) {
    loss(b);
    b->layer->backward(&b->g, b->state, (const float *const *)b->x, b->w, b->z, b->saved, b->r,
                       b->dx, b->dw);
    for (int i = 0; i < b->g.n_in; i++)
        check_array(b, b->x[i], b->dx[i], lc__n_values(b->g.in[i]), step);
    check_array(b, b->w, b->dw, b->n_w, step);
}

static void check_op(const char *what, lc_op op, const lc_shape *in, int n_in) {
    bench b = bench_new(what, op, in, n_in);
    bench_prepare(&b);
    check(&b, 0.02);
    bench_free(&b);
}

/* The definition of a convolution, for one value of its output. */
static double convolve(const bench *b, lc_shape at) {
    const lc_op *op = &b->op;
    lc_shape in = b->g.in[0];
    int depth = in.c / op->groups, first = at.c / (op->out_channels / op->groups) * depth;
    double sum = 0;
    for (int y = 0; y < op->kernel_h; y++)
        for (int x = 0; x < op->kernel_w; x++)
            for (int c = 0; c < depth; c++) {
                int row = at.h * op->stride_h - op->pad_h + y;
                int column = at.w * op->stride_w - op->pad_w + x;
                if (row < 0 || row >= in.h || column < 0 || column >= in.w)
                    continue;
                int from = ((at.n * in.h + row) * in.w + column) * in.c + first + c;
                int by = ((at.c * op->kernel_h + y) * op->kernel_w + x) * depth + c;
                sum += (double)b->x[0][from] * (double)b->w[by];
            }
    return sum;
}

static void check_forward(bench *b) {
    lc_shape out = b->g.out, at;
    const float *z = b->z;
    loss(b);
    for (at.n = 0; at.n < out.n; at.n++)
        for (at.h = 0; at.h < out.h; at.h++)
            for (at.w = 0; at.w < out.w; at.w++)
                for (at.c = 0; at.c < out.c; at.c++, z++)
                    cr_assert_float_eq((double)*z, convolve(b, at), 1e-4, "%s: %g, not %g", b->what,
                                       (double)*z, convolve(b, at));
}

/* Every kind of convolution that the spaces have, sizes that fit no vector among them. */
Test(layers, convolutions) {
    static const struct {
        const char *what;
        int size, in, out, kernel, stride, groups;
    } cases[] = {
        {"stem", 8, 3, 16, 3, 1, 1},
        {"dense", 7, 8, 24, 3, 1, 1},
        {"dense, stride 2", 8, 16, 16, 3, 2, 1},
        {"pointwise", 6, 40, 72, 1, 1, 1},
        {"pointwise, stride 2", 8, 16, 32, 1, 2, 1},
        {"grouped", 5, 16, 24, 1, 1, 2},
        {"grouped 3x3", 5, 32, 32, 3, 1, 4},
        {"depthwise", 7, 24, 24, 3, 1, 24},
        {"depthwise, stride 2", 8, 48, 48, 5, 2, 48},
        {"scale", 4, 12, 12, 1, 1, 12},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_op op = lc_op_init(LC_OP_CONV2D);
        op.kernel_h = op.kernel_w = cases[i].kernel;
        op.stride_h = op.stride_w = cases[i].stride;
        op.pad_h = op.pad_w = cases[i].kernel / 2;
        op.groups = cases[i].groups;
        op.out_channels = cases[i].out;
        bench b = bench_new(cases[i].what, op,
                            &(lc_shape){2, cases[i].size, cases[i].size, cases[i].in}, 1);
        bench_prepare(&b);
        check_forward(&b);
        check(&b, 0.02);
        bench_free(&b);
    }
}

Test(layers, linear_with_and_without_bias) {
    for (int bias = 0; bias < 2; bias++) {
        lc_op op = lc_op_init(LC_OP_LINEAR);
        op.out_channels = 7;
        op.bias = bias;
        check_op("linear", op, &(lc_shape){3, 1, 2, 5}, 1);
    }
}

Test(layers, sums_products_and_moves) {
    const lc_shape a = {2, 3, 4, 6}, other = {2, 3, 4, 5}, gate = {2, 1, 1, 6};
    lc_op shuffle = lc_op_init(LC_OP_CHANNEL_SHUFFLE);
    shuffle.groups = 3;
    check_op("add", lc_op_init(LC_OP_ADD), (lc_shape[]){a, a, a}, 3);
    check_op("mul", lc_op_init(LC_OP_MUL), (lc_shape[]){a, a, a}, 3);
    check_op("mul by a gate", lc_op_init(LC_OP_MUL), (lc_shape[]){a, gate}, 2);
    check_op("concat", lc_op_init(LC_OP_CONCAT), (lc_shape[]){a, other, a}, 3);
    check_op("shuffle", shuffle, &a, 1);
    check_op("zero", lc_op_init(LC_OP_ZERO), &a, 1);
    check_op("global_avg_pool", lc_op_init(LC_OP_GLOBAL_AVG_POOL), &a, 1);
}

/* Shuffling by definition: C = groups x k to k x groups. */
Test(layers, shuffle_transposes) {
    lc_op op = lc_op_init(LC_OP_CHANNEL_SHUFFLE);
    op.groups = 2;
    bench b = bench_new("shuffle", op, &(lc_shape){1, 1, 1, 6}, 1);
    bench_prepare(&b);
    loss(&b);
    const int from[] = {0, 3, 1, 4, 2, 5};
    for (int i = 0; i < 6; i++)
        cr_expect_eq(b.z[i], b.x[0][from[i]]);
    bench_free(&b);
}

Test(layers, pools) {
    for (int size = 2; size <= 3; size++)
        for (int max = 0; max < 2; max++) {
            lc_op op = lc_op_init(max ? LC_OP_MAX_POOL : LC_OP_AVG_POOL);
            op.kernel_h = op.kernel_w = size;
            op.stride_h = op.stride_w = 4 - size;
            op.pad_h = op.pad_w = size / 3;
            bench b = bench_new(max ? "max_pool" : "avg_pool", op, &(lc_shape){2, 6, 6, 5}, 1);
            bench_prepare(&b);
            size_t n = lc__n_values(b.g.in[0]);
            for (size_t i = 0; i < n; i++) /* no two so near that a step changes their order */
                b.x[0][i] = (float)(i * 7919 % n) / 8;
            check(&b, 0.02);
            bench_free(&b);
        }
}

Test(layers, squeeze_excite) {
    lc_op op = lc_op_init(LC_OP_SQUEEZE_EXCITE);
    op.squeeze = 4;
    op.act = LC_ACT_SIGMOID;
    check_op("squeeze_excite", op, &(lc_shape){3, 3, 2, 8}, 1);
    op.act = LC_ACT_HSIGMOID;
    check_op("squeeze_excite, hsigmoid", op, &(lc_shape){3, 3, 2, 8}, 1);
}

/* On every side of every bend. */
Test(layers, activations) {
    static const float points[] = {-7, -4, -2, -0.5F, 0.5F, 2, 4, 7};
    for (int act = LC_ACT_NONE + 1; act < LC_ACT_COUNT; act++) {
        lc_op op = lc_op_init(LC_OP_ACTIVATION);
        op.act = (lc_act)act;
        bench b = bench_new(lc_act_name(op.act), op, &(lc_shape){1, 1, 1, 8}, 1);
        bench_prepare(&b);
        memcpy(b.x[0], points, sizeof points);
        check(&b, 0.02);
        bench_free(&b);
    }
}

/* What is not a number must come out as such: the engine looks for it. */
Test(layers, activations_keep_nan) {
    for (int act = LC_ACT_NONE + 1; act < LC_ACT_COUNT; act++) {
        lc_op op = lc_op_init(LC_OP_ACTIVATION);
        op.act = (lc_act)act;
        bench b = bench_new(lc_act_name(op.act), op, &(lc_shape){1, 1, 1, 1}, 1);
        bench_prepare(&b);
        b.x[0][0] = NAN;
        loss(&b);
        cr_expect(isnan(b.z[0]), "%s", b.what);
        bench_free(&b);
    }
}

Test(layers, those_that_are_missing_are_not_found) {
    cr_expect_null(lc__layer_find(LC_OP_LSTM));
    cr_expect(lc__layer_is_normed(LC_OP_ADDER_CONV2D));
    cr_expect_not(lc__layer_is_normed(LC_OP_LINEAR));
}
