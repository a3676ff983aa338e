#include "train/engine.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "ops/build.h"
#include "toy.h"

/* A net, its weights and a batch. */
typedef struct rig {
    lc_net *net;
    lc__engine *engine;
    lc__store *store;
    lc__trainee *trainee;
    toy_batch images;
    lc__batch batch;
} rig;

static rig *rig_new(lc_net *net, const int *gates, int n_gates) {
    rig *r = calloc(1, sizeof *r);
    cr_assert_not_null(r);
    *r = (rig){.net = net, .engine = toy_engine(NULL), .store = lc__store_new(1)};
    const lc__trainee_options options = {TOY_BATCH, true, gates, n_gates};
    lc_error err = {0};
    lc_status st = lc__trainee_new(r->engine, r->store, r->net, &options, &r->trainee, &err);
    cr_assert_eq(st, LC_OK, "%s", err.message);
    r->images = toy_images(5);
    r->batch = (lc__batch){r->images.images, r->images.labels, {3, 17}};
    return r;
}

static void rig_free(rig *r) {
    lc__trainee_free(r->trainee);
    lc__engine_free(r->engine);
    lc__store_free(r->store);
    lc_net_free(r->net);
    free(r);
}

static double loss(rig *r) {
    lc__outcome outcome;
    lc_error err = {0};
    cr_assert_eq(lc__trainee_measure(r->trainee, &r->batch, &outcome, &err), LC_OK, "%s",
                 err.message);
    return outcome.loss;
}

static void train(rig *r, double *gates) {
    lc__outcome outcome;
    lc_error err = {0};
    cr_assert_eq(lc__trainee_train(r->trainee, &r->batch, &outcome, gates, &err), LC_OK, "%s",
                 err.message);
}

/* (loss(value + step d) - loss(value - step d)) / (2 step) */
static double slope_along(rig *r, lc__slot *slot, const double *d, double step) {
    float *old = malloc(slot->n * sizeof *old);
    double side[2];
    cr_assert_not_null(old);
    memcpy(old, slot->value, slot->n * sizeof *old);
    for (int s = 0; s < 2; s++) {
        for (size_t i = 0; i < slot->n; i++)
            slot->value[i] = (float)((double)old[i] + (s ? -step : step) * d[i]);
        side[s] = loss(r);
    }
    memcpy(slot->value, old, slot->n * sizeof *old);
    free(old);
    return (side[0] - side[1]) / (2 * step);
}

/* Along the gradient itself the slope is its length; along others, the product. */
static void check_slot(rig *r, lc__slot *slot) {
    double *d = malloc(slot->n * sizeof *d), length = 0, product = 0;
    uint64_t rng = 11;
    cr_assert_not_null(d);
    for (size_t i = 0; i < slot->n; i++)
        length += (double)slot->gradient[i] * (double)slot->gradient[i];
    length = sqrt(length);
    for (size_t i = 0; i < slot->n; i++)
        d[i] = (double)slot->gradient[i] / (length + 1e-12);
    double slope = slope_along(r, slot, d, 0.01);
    cr_expect(fabs(slope - length) < 3e-4 + 0.02 * length, "%s: gradient %g, by differences %g",
              slot->key, length, slope);
    for (size_t i = 0; i < slot->n; i++) {
        d[i] = (lc__rng_u64(&rng) & 1 ? 1 : -1) / sqrt((double)slot->n);
        product += d[i] * (double)slot->gradient[i];
    }
    slope = slope_along(r, slot, d, 0.01);
    cr_expect(fabs(slope - product) < 3e-4 + 0.02 * length, "%s: product %g, by differences %g",
              slot->key, product, slope);
    free(d);
}

/* All operators together, with batch-norm, activations, label smoothing and shared inputs. */
Test(engine, gradients_are_those_of_differences) {
    rig *r = rig_new(toy_net(), NULL, 0);
    train(r, NULL);
    int checked = 0;
    for (size_t i = 0; i < lc__store_size(r->store); i++) {
        lc__slot *slot = lc__store_at(r->store, i);
        if (slot->kind == LC__SLOT_STATISTICS)
            continue;
        cr_assert(slot->touched);
        check_slot(r, slot);
        checked++;
    }
    cr_expect_eq(checked, 5 * 2 + 1 + 2);
    rig_free(r);
}

/* Two passes without a step between them give the sum of their gradients. */
Test(engine, gradients_add_up_until_the_step) {
    rig *r = rig_new(toy_path(false), NULL, 0);
    train(r, NULL);
    lc__slot *weights = lc__store_find(r->store, "stem"),
             *norm = lc__store_find(r->store, "head/norm");
    float w = weights->gradient[5], n = norm->gradient[3];
    train(r, NULL);
    cr_expect_float_eq(weights->gradient[5], 2 * w, 1e-6);
    cr_expect_float_eq(norm->gradient[3], 2 * n, 1e-6);
    lc__optimiser_drop(r->store);
    train(r, NULL);
    cr_expect_eq(weights->gradient[5], w);
    rig_free(r);
}

static int node_of(const lc_net *net, const char *id) {
    for (int i = 0; i < lc_net_size(net); i++)
        if (strcmp(lc_net_node(net, i)->id, id) == 0)
            return i;
    cr_assert(false, "no node %s", id);
    return -1;
}

/* A factor on a convolution's output without activation is one on scale and offset of its norm. */
Test(engine, gates_are_derivatives_by_a_factor) {
    lc_net *net = toy_net();
    const int nodes[] = {node_of(net, "project"), node_of(net, "input"), node_of(net, "project")};
    double gates[3];
    rig *r = rig_new(net, nodes, 3);
    train(r, gates);
    lc__slot *norm = lc__store_find(r->store, "project/norm");
    double *d = malloc(norm->n * sizeof *d);
    for (size_t i = 0; i < norm->n; i++) {
        norm->value[i] += 0.1F * (float)(i % 3);
        d[i] = (double)norm->value[i];
    }
    train(r, gates);
    double slope = slope_along(r, norm, d, 0.01);
    cr_expect(fabs(gates[0] - slope) < 1e-3 + 0.02 * fabs(slope), "%g, by differences %g", gates[0],
              slope);
    cr_expect_eq(gates[1], 0, "nothing is known of the input's gradient");
    cr_expect_eq(gates[2], gates[0], "two positions may have one output");
    free(d);
    rig_free(r);
}

/* Separable images are learned, and known again by running statistics. */
Test(engine, learns) {
    rig *r = rig_new(toy_path(false), NULL, 0);
    lc__optimiser sgd = lc__optimiser_init(LC__SGD);
    lc__schedule schedule = {.peak = 0.05, .steps = 60, .warmup = 5};
    double first = 0, last = 0;
    for (int step = 0; step < 60; step++) {
        double now = toy_step(r->trainee, r->store, &sgd, lc__schedule_rate(&schedule, step),
                              (uint64_t)step + 100);
        first += step < 5 ? now / 5 : 0;
        last += step >= 55 ? now / 5 : 0;
    }
    cr_expect(last < 0.55 * first, "from %g to %g", first, last); /* smoothing leaves some */
    lc__outcome outcome;
    cr_assert_eq(lc__trainee_evaluate(r->trainee, &r->batch, &outcome, NULL), LC_OK);
    cr_expect_eq(outcome.scored, TOY_BATCH);
    cr_expect_geq(outcome.correct, TOY_BATCH - 1, "%g of %d", outcome.correct, TOY_BATCH);
    rig_free(r);
}

/* Statistics gathered anew from one batch are that batch's, up to the unbiased variance. */
Test(engine, statistics_begin_anew) {
    rig *r = rig_new(toy_path(true), NULL, 0);
    lc__outcome measured, known;
    cr_assert_eq(lc__trainee_measure(r->trainee, &r->batch, &measured, NULL), LC_OK);
    lc__store_forget_statistics(r->store);
    cr_assert_eq(lc__trainee_measure(r->trainee, &r->batch, &measured, NULL), LC_OK);
    cr_assert_eq(lc__trainee_evaluate(r->trainee, &r->batch, &known, NULL), LC_OK);
    cr_expect_float_eq(measured.loss, known.loss, 0.02, "%g and %g", measured.loss, known.loss);
    rig_free(r);
}

/* Images that fill up a batch are not scored. */
Test(engine, negative_labels_do_not_count) {
    rig *r = rig_new(toy_path(true), NULL, 0);
    lc__outcome all, some, rest;
    cr_assert_eq(lc__trainee_evaluate(r->trainee, &r->batch, &all, NULL), LC_OK);
    for (int half = 0; half < 2; half++) {
        toy_batch images = r->images;
        for (int i = 0; i < TOY_BATCH; i++)
            images.labels[i] = (i < 3) == half ? -1 : images.labels[i];
        lc__batch batch = {images.images, images.labels, {0, 0}};
        cr_assert_eq(lc__trainee_evaluate(r->trainee, &batch, half ? &some : &rest, NULL), LC_OK);
    }
    cr_expect_eq(some.scored + rest.scored, all.scored);
    cr_expect_float_eq((some.loss * some.scored + rest.loss * rest.scored) / all.scored, all.loss,
                       1e-9);
    rig_free(r);
}

/* A trainee for evaluation alone computes the same in less memory. */
Test(engine, evaluates_alike_without_room_to_train) {
    rig *r = rig_new(toy_net(), NULL, 0);
    lc__trainee *lean = NULL;
    lc__outcome one, two;
    lc_error err = {0};
    const lc__trainee_options options = {.batch = TOY_BATCH};
    loss(r);
    cr_assert_eq(lc__trainee_new(r->engine, r->store, r->net, &options, &lean, NULL), LC_OK);
    cr_assert_eq(lc__trainee_evaluate(r->trainee, &r->batch, &one, NULL), LC_OK);
    cr_assert_eq(lc__trainee_evaluate(lean, &r->batch, &two, NULL), LC_OK);
    cr_expect_eq(one.loss, two.loss);
    cr_expect_eq(lc__trainee_train(lean, &r->batch, &one, NULL, &err), LC_EUSAGE);
    lc__trainee_free(lean);
    rig_free(r);
}

static void expect_divergence(rig *r, const char *node) {
    lc__outcome outcome;
    lc_error err = {0};
    cr_expect_eq(lc__trainee_train(r->trainee, &r->batch, &outcome, NULL, &err), LC_ERUNTIME);
    cr_expect(strstr(err.message, "epoch 3, step 17") && strstr(err.message, node), "%s",
              err.message);
    cr_expect_not(lc__store_find(r->store, "stem")->touched);
}

Test(engine, divergence_names_epoch_step_and_node) {
    rig *r = rig_new(toy_net(), NULL, 0);
    lc__slot *squeeze = lc__store_find(r->store, "squeeze");
    float old = squeeze->value[0];
    squeeze->value[0] = NAN;
    expect_divergence(r, "node squeeze");
    squeeze->value[0] = old;
    r->images.images[7] = INFINITY;
    expect_divergence(r, "node input");
    rig_free(r);
}

Test(engine, labels_beyond_the_classes_are_refused) {
    rig *r = rig_new(toy_path(true), NULL, 0);
    lc__outcome outcome;
    lc_error err = {0};
    r->images.labels[2] = TOY_CLASSES;
    cr_expect_eq(lc__trainee_train(r->trainee, &r->batch, &outcome, NULL, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "image 2 of the batch has label 5"), "%s", err.message);
    rig_free(r);
}

static void expect_refused(lc_net *net, lc__store *store, lc_status status, const char *message) {
    lc__engine *engine = toy_engine(NULL);
    lc__trainee *trainee = NULL;
    lc_error err = {0};
    const lc__trainee_options options = {.batch = 2, .trains = true};
    cr_expect_eq(lc__trainee_new(engine, store, net, &options, &trainee, &err), status);
    cr_expect(strstr(err.message, message), "%s", err.message);
    lc__engine_free(engine);
    lc_net_free(net);
}

Test(engine, nets_that_cannot_be_trained_are_refused) {
    lc__store *store = lc__store_new(1);
    lc_op lstm = lc_op_init(LC_OP_LSTM);
    lstm.hidden = 4;
    lc__build b = {.net = lc_net_new("recurrent")};
    int x = lc__build_input(&b, (lc_shape){1, 1, 1, 4});
    lc__build_op(&b, "memory", &lstm, &x, 1);
    expect_refused(b.net, store, LC_EUNSUPPORTED, "node memory: operator lstm cannot be trained");

    b = (lc__build){.net = lc_net_new("image")};
    x = lc__build_input(&b, (lc_shape){1, 4, 4, 3});
    lc__build_conv(&b, "conv", x, (lc__conv){.channels = 8});
    expect_refused(b.net, store, LC_EUNSUPPORTED, "its output is [2,4,4,8]");

    b = (lc__build){.net = lc_net_new("other")};
    x = lc__build_input(&b, (lc_shape){1, 4, 4, 5});
    lc__build_conv(&b, "conv", x, (lc__conv){.channels = 8});
    expect_refused(b.net, store, LC_EFORMAT, "node conv: weights \"conv\"");
    lc__store_free(store);
}
