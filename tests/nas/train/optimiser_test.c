#include "train/optimiser.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static lc__slot *slot_of(lc__store *store, const char *key, lc__slot_kind kind, float value) {
    lc__slot *slot = NULL;
    bool made;
    cr_assert_eq(lc__store_slot(store, key, kind, 2, &slot, &made, NULL), LC_OK);
    cr_assert_eq(lc__slot_reserve(slot, 0, NULL), LC_OK);
    slot->value[0] = slot->value[1] = value;
    return slot;
}

static void push(lc__slot *slot, float one, float two) {
    slot->gradient[0] = one;
    slot->gradient[1] = two;
    slot->touched = true;
}

static lc_status step(const lc__optimiser *o, double rate, lc__store *store, lc_error *err) {
    return lc__optimiser_step(o, rate, store, (lc__when){2, 31}, err);
}

/* Two steps by hand: m = 0.9 m + g, w -= rate (g + 0.9 m), with decay inside g. */
Test(optimiser, sgd_with_nesterov_momentum_and_decay) {
    lc__store *store = lc__store_new(1);
    lc__slot *w = slot_of(store, "w", LC__SLOT_WEIGHTS, 1);
    lc__slot *norm = slot_of(store, "n", LC__SLOT_NORM, 1);
    lc__optimiser sgd = lc__optimiser_init(LC__SGD);
    sgd.decay = 0.1;
    double value = 1, m = 0;
    for (int i = 0; i < 2; i++) {
        push(w, 0.5F, 0);
        push(norm, 0, 0);
        cr_assert_eq(step(&sgd, 0.2, store, NULL), LC_OK);
        double g = 0.5 + 0.1 * value;
        m = 0.9 * m + g;
        value -= 0.2 * (g + 0.9 * m);
        cr_expect_float_eq((double)w->value[0], value, 1e-6);
    }
    cr_expect_eq(norm->value[0], 1, "batch-norm does not decay");
    cr_expect_eq(w->updates, 2);
    lc__store_free(store);
}

/* The first step of Adam is the rate, whatever the gradient's size; decay comes off the weights. */
Test(optimiser, adam) {
    lc__store *store = lc__store_new(1);
    lc__slot *w = slot_of(store, "w", LC__SLOT_WEIGHTS, 1);
    lc__optimiser adam = lc__optimiser_init(LC__ADAM);
    adam.decay = 0.5;
    push(w, 1e-3F, -40);
    cr_assert_eq(step(&adam, 0.01, store, NULL), LC_OK);
    cr_expect_float_eq((double)w->value[0], 1 - 0.005 - 0.01, 1e-5);
    cr_expect_float_eq((double)w->value[1], 1 - 0.005 + 0.01, 1e-5);
    double m = 0.1 * 1e-3, v = 0.001 * 1e-6, old = (double)w->value[0];
    push(w, 2e-3F, 0);
    cr_assert_eq(step(&adam, 0.01, store, NULL), LC_OK);
    m = 0.9 * m + 0.1 * 2e-3;
    v = 0.999 * v + 0.001 * 4e-6;
    double move = 0.01 * (m / (1 - 0.81)) / (sqrt(v / (1 - 0.999 * 0.999)) + 1e-8);
    cr_expect_float_eq((double)w->value[0], old * 0.995 - move, 1e-6);
    lc__store_free(store);
}

Test(optimiser, slots_without_a_gradient_rest) {
    lc__store *store = lc__store_new(1);
    lc__slot *a = slot_of(store, "a", LC__SLOT_WEIGHTS, 1);
    lc__slot *b = slot_of(store, "b", LC__SLOT_WEIGHTS, 1);
    lc__optimiser sgd = lc__optimiser_init(LC__SGD);
    push(a, 1, 1);
    cr_assert_eq(step(&sgd, 0.1, store, NULL), LC_OK);
    push(b, 1, 1);
    float before = a->value[0];
    cr_assert_eq(step(&sgd, 0.1, store, NULL), LC_OK);
    cr_expect_eq(a->value[0], before);
    cr_expect_eq(b->value[0], before);
    lc__store_free(store);
}

/* The local rate of adders: a gradient of any length becomes eta sqrt(k) long. */
Test(optimiser, adaptive_rate_and_clipping) {
    lc__store *store = lc__store_new(1);
    lc__slot *w = slot_of(store, "w", LC__SLOT_WEIGHTS, 0);
    lc__optimiser plain = {.method = LC__SGD, .local_rate = 0.1};
    w->adaptive = true;
    push(w, 300, 400);
    cr_assert_eq(step(&plain, 1, store, NULL), LC_OK);
    cr_expect_float_eq((double)w->value[0], -0.1 * sqrt(2) * 0.6, 1e-6);
    w->adaptive = false;
    w->value[0] = 0;
    plain.clip = 5;
    push(w, 300, 400);
    cr_assert_eq(step(&plain, 1, store, NULL), LC_OK);
    cr_expect_float_eq((double)w->value[0], -3, 1e-5);
    lc__store_free(store);
}

Test(optimiser, gradients_that_are_not_finite_change_nothing) {
    lc__store *store = lc__store_new(1);
    lc__slot *a = slot_of(store, "a", LC__SLOT_WEIGHTS, 1);
    lc__slot *b = slot_of(store, "block1.project", LC__SLOT_WEIGHTS, 1);
    lc__optimiser sgd = lc__optimiser_init(LC__SGD);
    lc_error err = {0};
    push(a, 1, 1);
    push(b, INFINITY, 1);
    cr_expect_eq(step(&sgd, 0.1, store, &err), LC_ERUNTIME);
    cr_expect(strstr(err.message, "epoch 2, step 31") && strstr(err.message, "block1.project"),
              "%s", err.message);
    cr_expect_eq(a->value[0], 1);
    cr_expect_eq(a->updates, 0);
    lc__store_free(store);
}

Test(schedule, warms_up_and_falls_along_a_cosine) {
    const lc__schedule s = {.peak = 1, .floor = 0.1, .steps = 110, .warmup = 10};
    const struct {
        int64_t step;
        double rate;
    } expected[] = {{0, 0.1}, {9, 1}, {10, 1}, {60, 0.55}, {110, 0.1}, {500, 0.1}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect_float_eq(lc__schedule_rate(&s, expected[i].step), expected[i].rate, 1e-9);
}
