/* Nets with narrow values, trained: against the definition, worked out by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../ops/backends/stored.h"
#include "ops/build.h"
#include "toy.h"

enum { IN = TOY_SIZE * TOY_SIZE * TOY_CHANNELS, HIDDEN = 6, OUT = TOY_CLASSES };

static lc_op narrow(int weight_bits, int act_bits) {
    lc_op op = lc_op_init(LC_OP_LINEAR);
    op.dtype = LC_DTYPE_INT8;
    op.weight_bits = weight_bits;
    op.act_bits = act_bits;
    return op;
}

/* Two linear layers on the image as a vector; the first as `like` says. */
static lc_net *two_layers(lc_op like) {
    lc__build b = {.net = lc_net_new("two"), .like = like};
    int x = lc__build_input(&b, (lc_shape){1, 1, 1, IN});
    x = lc__build_linear(&b, "first", x, HIDDEN, LC_ACT_RELU);
    b.like = (lc_op){0};
    lc__build_linear(&b, "second", x, OUT, LC_ACT_NONE);
    cr_assert_eq(b.status, LC_OK);
    return b.net;
}

static lc__engine *engine_of(lc__scale scale) {
    lc__engine_options options = lc__engine_options_init();
    lc__engine *engine = NULL;
    options.scale = scale;
    cr_assert_eq(lc__engine_new(&options, &engine, NULL), LC_OK);
    return engine;
}

static double train(lc__trainee *trainee, const toy_batch *images) {
    lc__outcome outcome;
    lc_error err = {0};
    lc__batch batch = {images->images, images->labels, {0, 0}};
    cr_assert_eq(lc__trainee_train(trainee, &batch, &outcome, NULL, &err), LC_OK, "%s",
                 err.message);
    return outcome.loss;
}

/* y[outputs] = W x + b, W's rows of `n`. */
static void product(const float *w, const float *x, int outputs, int n, float *y) {
    for (int o = 0; o < outputs; o++) {
        y[o] = w[outputs * n + o];
        for (int i = 0; i < n; i++)
            y[o] += w[o * n + i] * x[i];
    }
}

/* What one image adds to the gradients of the layers' weights; biases come behind them. */
static void derive(const lc_op *first, const float *w1, const float *w2, const float *x, int label,
                   float *d1, float *d2) {
    float z[HIDDEN], y[HIDDEN], logits[OUT], sum = 0, most = (float)stored_step(first);
    float top = most * (float)((1 << (first->act_bits - 1)) - 1);
    product(w1, x, HIDDEN, IN, z);
    for (int h = 0; h < HIDDEN; h++)
        y[h] = fmaxf(z[h], 0);
    store_values(first->dtype, first->act_bits, y, HIDDEN);
    product(w2, y, OUT, HIDDEN, logits);
    for (int o = 0; o < OUT; o++)
        sum += expf(logits[o]);
    for (int o = 0; o < OUT; o++) {
        float d = (expf(logits[o]) / sum - (o == label ? 1.0F : 0.0F)) / TOY_BATCH;
        d2[OUT * HIDDEN + o] += d;
        for (int h = 0; h < HIDDEN; h++) {
            float passed = z[h] > 0 && z[h] <= top ? d * w2[o * HIDDEN + h] : 0;
            d2[o * HIDDEN + h] += d * y[h];
            d1[HIDDEN * IN + h] += passed;
            for (int i = 0; i < IN; i++)
                d1[h * IN + i] += passed * x[i];
        }
    }
}

static void expect_alike(const float *a, const float *b, int n, const char *what) {
    for (int i = 0; i < n; i++)
        cr_assert_float_eq(a[i], b[i], 1e-4F * (1 + fabsf(b[i])), "%s: %d: %g, not %g", what, i,
                           (double)a[i], (double)b[i]);
}

/* Forward by rounded weights and values, backward as if there were no rounding; some values are cut
 * off, and pass nothing on. */
Test(rounding, gradients_pass_straight_through) {
    const lc_op like = narrow(3, 4);
    lc_net *net = two_layers(like);
    lc__engine *engine = engine_of(LC__SCALE_FIXED);
    lc__store *store = lc__store_new(3);
    lc__trainee *trainee = toy_trainee(engine, store, net);
    toy_batch images = toy_images(8);
    train(trainee, &images);
    const lc__slot *first = lc__store_find(store, "first"),
                   *second = lc__store_find(store, "second");
    float w1[HIDDEN * (IN + 1)], d1[HIDDEN * (IN + 1)] = {0}, d2[OUT * (HIDDEN + 1)] = {0};
    lc_op op = lc_net_node(net, 1)->op;
    memcpy(w1, first->value, sizeof w1);
    store_weights(&op, (lc_shape){1, 1, 1, IN}, w1);
    for (int n = 0; n < TOY_BATCH; n++)
        derive(&op, w1, second->value, images.images + n * IN, images.labels[n], d1, d2);
    expect_alike(first->gradient, d1, HIDDEN * (IN + 1), "first");
    expect_alike(second->gradient, d2, OUT * (HIDDEN + 1), "second");
    lc__trainee_free(trainee);
    lc__engine_free(engine);
    lc__store_free(store);
    lc_net_free(net);
}

/* A convolutional net whose operators are all of one dtype. */
static lc_net *path_of(lc_dtype dtype, int weight_bits, int act_bits) {
    lc_op like = narrow(weight_bits, act_bits);
    like.dtype = dtype;
    lc__build b = {.net = lc_net_new("path"), .like = like};
    int x = lc__build_input(&b, (lc_shape){1, TOY_SIZE, TOY_SIZE, TOY_CHANNELS});
    x = lc__build_conv(&b, "stem", x, (lc__conv){8, .kernel = 3, .act = LC_ACT_RELU6});
    x = lc__build_conv(&b, "project", x, (lc__conv){.channels = 8});
    x = lc__build_conv(&b, "head", x, (lc__conv){16, .act = LC_ACT_RELU});
    x = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    lc__build_linear(&b, "classifier", x, TOY_CLASSES, LC_ACT_NONE);
    cr_assert_eq(b.status, LC_OK);
    return b.net;
}

/* The loss of a few steps, and the evaluation after them. */
static double losses(lc__scale scale, lc_dtype dtype, int bits, lc__store *store) {
    lc_net *net = path_of(dtype, bits, bits);
    lc__engine *engine = engine_of(scale);
    lc__trainee *trainee = toy_trainee(engine, store, net);
    lc__optimiser sgd = lc__optimiser_init(LC__SGD);
    double sum = 0;
    for (int step = 0; step < 4; step++)
        sum += toy_step(trainee, store, &sgd, 0.02, (uint64_t)step);
    toy_batch images = toy_images(9);
    lc__outcome outcome;
    lc__batch batch = {images.images, images.labels, {0, 0}};
    cr_assert_eq(lc__trainee_evaluate(trainee, &batch, &outcome, NULL), LC_OK);
    lc__trainee_free(trainee);
    lc__engine_free(engine);
    lc_net_free(net);
    return sum + outcome.loss;
}

/* f32 and any are one, whatever the scale, and leave nothing else in the store; 16 bits of a fitted
 * range change little; few bits do. */
Test(rounding, as_much_as_is_asked_for) {
    lc__store *stores[5];
    for (int i = 0; i < 5; i++)
        stores[i] = lc__store_new(1);
    double any = losses(LC__SCALE_FIXED, LC_DTYPE_ANY, 0, stores[0]);
    double f32 = losses(LC__SCALE_FITTED, LC_DTYPE_F32, 0, stores[1]);
    double wide = losses(LC__SCALE_FITTED, LC_DTYPE_INT16, 16, stores[2]);
    double three = losses(LC__SCALE_FITTED, LC_DTYPE_INT8, 3, stores[3]);
    double fixed = losses(LC__SCALE_FIXED, LC_DTYPE_INT8, 3, stores[4]);
    cr_expect_eq(any, f32);
    cr_expect_eq(lc__store_size(stores[0]), lc__store_size(stores[1]));
    cr_expect(fabs(wide - f32) < 1e-2 && wide != f32, "%g, and %g of f32", wide, f32);
    cr_expect(three != f32 && fixed != f32 && three != fixed);
    for (int i = 0; i < 5; i++)
        lc__store_free(stores[i]);
}

/* The squares of outputs are gathered by name; of images, of what only moves values and of the
 * logits there are none. */
Test(rounding, fitted_scales_are_in_the_store) {
    lc__store *store = lc__store_new(1);
    losses(LC__SCALE_FITTED, LC_DTYPE_INT8, 4, store);
    static const char *const keys[] = {"stem/squares", "project/squares", "head/squares",
                                       "pool/squares"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const lc__slot *slot = lc__store_find(store, keys[i]);
        cr_assert_not_null(slot, "%s", keys[i]);
        cr_expect_eq(slot->kind, LC__SLOT_STATISTICS);
        cr_expect(slot->value[0] > 0.01F && slot->value[0] < 10 && slot->value[1] == 4);
    }
    cr_expect_null(lc__store_find(store, "classifier/squares"));
    lc__store_free(store);
}

/* Without any squares gathered, evaluation goes by those of its batch. */
Test(rounding, evaluates_before_any_training) {
    lc__store *store = lc__store_new(1);
    lc_net *net = path_of(LC_DTYPE_INT8, 8, 8), *whole = path_of(LC_DTYPE_ANY, 0, 0);
    lc__engine *engine = engine_of(LC__SCALE_FITTED);
    toy_batch images = toy_images(9);
    lc__batch batch = {images.images, images.labels, {0, 0}};
    lc__outcome f32, int8;
    lc__trainee *trainee = toy_trainee(engine, store, whole);
    cr_assert_eq(lc__trainee_evaluate(trainee, &batch, &f32, NULL), LC_OK);
    lc__trainee_free(trainee);
    trainee = toy_trainee(engine, store, net);
    cr_assert_eq(lc__trainee_evaluate(trainee, &batch, &int8, NULL), LC_OK);
    cr_expect_float_eq(int8.loss, f32.loss, 0.02, "%g, and %g of f32", int8.loss, f32.loss);
    lc__trainee_free(trainee);
    lc__engine_free(engine);
    lc__store_free(store);
    lc_net_free(net);
    lc_net_free(whole);
}
