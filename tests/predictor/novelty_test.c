/* Nets unlike all that was measured: told as such, and forecast by their size. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include "base/rng.h"
#include "predictor/rate.h"
#include "synthetic.h"

static const made_up fast = {2e-2, 3e-2, 700, 2e5};

/* Nets like the pool's are inside, nets of another kind are not. */
Test(novelty, novelty_tells_strangers) {
    lc_model *model = made_up_model(2, 200, false);
    lc_net **nets = random_nets("fbnet", 120, 14), *stranger = NULL;
    double values[20];
    size_t outside = 0;
    made_up_values(&fast, nets, 20, values);
    lc_predictor *p = must_adapt(model, nets, values, 20);
    for (size_t i = 20; i < 120; i++)
        outside += must_forecast(p, nets[i]).out_of_range;
    cr_expect_lt(outside, 15, "%zu of 100 nets of the pool's space", outside);
    cr_assert_eq(lc_zoo_net("vit_tiny", &stranger, NULL), LC_OK);
    cr_expect(must_forecast(p, stranger).out_of_range);
    lc_net_free(stranger);
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, 120);
}

/* An explicit net: `depth` linear layers of about `width` channels. */
static lc_net *perceptron(int depth, int width, uint64_t *seed) {
    lc_net *net = lc_net_new("perceptron");
    lc_op input = lc_op_init(LC_OP_INPUT);
    input.shape = (lc_shape){1, 1, 8, width};
    int at;
    cr_assert_eq(lc_net_add(net, NULL, &input, NULL, 0, &at, NULL), LC_OK);
    for (int i = 0; i < depth; i++) {
        lc_op op = lc_op_init(LC_OP_LINEAR);
        op.out_channels = width + (int)lc__rng_below(seed, (uint64_t)width);
        cr_assert_eq(lc_net_add(net, NULL, &op, &at, 1, &at, NULL), LC_OK);
    }
    return net;
}

static lc_net **perceptrons(size_t n, int depth, int width, uint64_t seed) {
    lc_net **nets = calloc(n, sizeof(lc_net *));
    cr_assert_not_null(nets);
    for (size_t i = 0; i < n; i++)
        nets[i] = perceptron(depth + (int)lc__rng_below(&seed, (uint64_t)depth), width, &seed);
    return nets;
}

/* Explicit nets are of many kinds: those of the pool do not make shots of another kind, measured
 * on the device itself, strange. */
Test(novelty, shots_of_another_kind_make_it_known) {
    lc_net **small = perceptrons(60, 2, 20, 1), **large = perceptrons(60, 10, 300, 2);
    double values[60], median, covered;
    lc_model *model = NULL;
    made_up_values(&fast, small, 60, values);
    lc_pool_device pool = {"other", (const lc_net *const *)small, values, 60};
    cr_assert_eq(lc_model_train(&pool, 1, NULL, 0, &model, NULL), LC_OK);
    made_up_values(&fast, large, 60, values);
    lc_predictor *p = must_adapt(model, large, values, 20);
    size_t outside = 0;
    for (size_t i = 20; i < 60; i++)
        outside += must_forecast(p, large[i]).out_of_range;
    cr_expect_lt(outside, 6, "%zu of 40 nets", outside);
    must_score(p, large + 20, values + 20, 40, &median, &covered);
    cr_expect_lt(median, 0.05, "%g", median);
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(small, 60);
    free_nets(large, 60);
}

/* A net far from the shots is forecast by its size: within a factor of 4 of a device whose time is
 * work and traffic, the interval covering it, and its nodes still making up the whole. A vision
 * transformer has operators that no shot has, a ResNet twenty times the work. */
Test(novelty, strangers_are_forecast_by_size) {
    static const char *const names[] = {"vit_tiny", "resnet18", "mobilenet_v2"};
    lc_model *model = made_up_model(3, 60, false);
    lc_net **nets = random_nets("fbnet", 20, 16);
    double values[20];
    made_up_values(&fast, nets, 20, values);
    lc_predictor *p = must_adapt(model, nets, values, 20);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        lc_net *net = NULL;
        cr_assert_eq(lc_zoo_net(names[i], &net, NULL), LC_OK);
        lc_forecast f = must_forecast(p, net);
        double truth = made_up_latency(&fast, net), overhead, sum;
        cr_expect_geq(f.novelty, LC_NOVELTY_FAR, "%s: %g", names[i], f.novelty);
        cr_expect(truth / 4 < f.latency && f.latency < 4 * truth, "%s: %g for %g", names[i],
                  f.latency, truth);
        cr_expect(f.low < truth && truth < f.high, "%s: %g not in %g .. %g", names[i], truth, f.low,
                  f.high);
        cr_expect(f.low < f.latency / 3.9 && f.high > 3.9 * f.latency, "honestly wide");
        cr_expect_lt(f.high / f.low, 100, "and of use");
        double *share = calloc((size_t)lc_net_size(net), sizeof *share);
        cr_assert_eq(lc_predictor_breakdown(p, net, share, &overhead, NULL), LC_OK);
        sum = overhead;
        for (int k = 0; k < lc_net_size(net); k++) {
            cr_expect_geq(share[k], 0);
            sum += share[k];
        }
        cr_expect_geq(overhead, 0);
        cr_expect_float_eq(sum / f.latency, 1, 1e-9);
        free(share);
        lc_net_free(net);
    }
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, 20);
}

/* The rate gains weight with the novelty: no jump at the edge, nothing else far away. */
Test(novelty, the_rate_comes_in_smoothly) {
    cr_expect_eq(lc__rate_weight(0.5), 0);
    cr_expect_eq(lc__rate_weight(1), 0);
    cr_expect_eq(lc__rate_weight(LC_NOVELTY_FAR), 1);
    cr_expect_eq(lc__rate_weight(INFINITY), 1);
    for (double v = 1, last = 0; v < 40; v *= 1.01) {
        double w = lc__rate_weight(v);
        cr_expect(last <= w && w - last < 0.01, "%g at %g after %g", w, v, last);
        last = w;
    }
}

/* However wrong the regression is, mean and interval stay in order, and the rate holds it back. */
Test(novelty, leaning_keeps_the_interval_in_order) {
    for (double w = 0.05; w <= 1; w += 0.05) {
        for (double mean = 1e-9; mean < 1e9; mean *= 1e3) {
            lc__estimate e = {mean, mean / 2, mean * 3};
            lc__rate_lean(w, 10, &e);
            cr_expect(0 < e.low && e.low < e.mean && e.mean < e.high && isfinite(e.high));
            cr_expect_float_eq(e.mean, lc__rate_mean(w, 10, mean), 1e-9 * e.mean);
            if (w >= 0.5)
                cr_expect(e.low <= 10 && 10 <= e.high, "%g .. %g", e.low, e.high);
        }
    }
    lc__estimate e = {3, 2, 4};
    lc__rate_lean(0, 10, &e);
    cr_expect(e.mean == 3 && e.low == 2 && e.high == 4);
    cr_expect_gt(lc__rate(1e6, 0), 0, "a net without work");
}
