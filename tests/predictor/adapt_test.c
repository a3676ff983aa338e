#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "latcast/space.h"
#include "synthetic.h"

static const made_up fast = {2e-2, 3e-2, 700, 2e5};

/* A device that is linear in the physical features is learned from 20 nets. */
Test(adapt, recovers_a_linear_device) {
    lc_model *model = made_up_model(0, 100, false);
    lc_net **nets = random_nets("fbnet", 120, 1);
    double values[120], median, covered;
    made_up_values(&fast, nets, 120, values);
    lc_predictor *p = must_adapt(model, nets, values, 20);
    must_score(p, nets + 20, values + 20, 100, &median, &covered);
    cr_expect_lt(median, 0.02, "%g", median);
    cr_expect_gt(covered, 0.8, "%g of the intervals hold", covered);
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, 120);
}

/* A device that is in another state next time may move by more than its samples show: the interval
 * grows by that, the forecast stays. */
Test(adapt, repeatability_widens_the_interval_alone) {
    lc_model *model = made_up_model(0, 100, false);
    lc_net **nets = random_nets("fbnet", 21, 1);
    double values[21];
    made_up_values(&fast, nets, 21, values);
    lc_shots shots = {(const lc_net *const *)nets, values, 20, NULL};
    lc_adapt_options options = {.repeatability = 0.03};
    lc_predictor *p = must_adapt(model, nets, values, 20), *q;
    cr_assert_eq(lc_predictor_adapt(model, &shots, &options, &q, NULL), LC_OK);
    lc_forecast sure = must_forecast(p, nets[20]), unsure = must_forecast(q, nets[20]);
    cr_expect_eq(sure.latency, unsure.latency);
    cr_expect_lt(unsure.low, sure.low);
    cr_expect_gt(unsure.high, sure.latency * 1.045); /* 1.6 standard deviations at least */
    lc_predictor_free(p);
    lc_predictor_free(q);
    lc_model_free(model);
    free_nets(nets, 21);
}

/* Sources that know nothing must not spoil what the physical features say. */
Test(adapt, useless_sources_do_not_hurt) {
    lc_model *none = made_up_model(0, 100, false), *useless = made_up_model(6, 100, true);
    lc_net **nets = random_nets("fbnet", 120, 2);
    double values[120], without, with, covered, weight[6], physical;
    made_up_values(&fast, nets, 120, values);
    lc_predictor *p = must_adapt(none, nets, values, 20),
                 *q = must_adapt(useless, nets, values, 20);
    must_score(p, nets + 20, values + 20, 100, &without, &covered);
    must_score(q, nets + 20, values + 20, 100, &with, &covered);
    cr_expect_lt(with, 1.2 * without + 0.002, "%g with, %g without", with, without);
    cr_assert_eq(lc_predictor_sources(q, weight, &physical), LC_OK);
    cr_expect_gt(physical, 0.8, "%g", physical);
    lc_predictor_free(p);
    lc_predictor_free(q);
    lc_model_free(none);
    lc_model_free(useless);
    free_nets(nets, 120);
}

/* A source that behaves as the target does is what a forecast from 3 nets rests on. */
Test(adapt, a_twin_among_the_sources_helps) {
    lc_model *model = made_up_model(4, 100, false);
    lc_net **nets = random_nets("fbnet", 60, 3);
    double values[60], with, without, covered;
    made_up twin = {1e-2, 8e-2, 0, 1e5};
    made_up_values(&twin, nets, 60, values);
    lc_shots shots = {(const lc_net *const *)nets, values, 5, NULL};
    const char *all[] = {"device0", "device1", "device2", "device3"};
    lc_adapt_options options = {.without = all, .n_without = 4};
    lc_predictor *p = must_adapt(model, nets, values, 5), *q = NULL;
    cr_assert_eq(lc_predictor_adapt(model, &shots, &options, &q, NULL), LC_OK);
    must_score(p, nets + 5, values + 5, 55, &with, &covered);
    must_score(q, nets + 5, values + 5, 55, &without, &covered);
    cr_expect_leq(with, without + 1e-3, "%g with, %g without", with, without);
    double weight[4], physical;
    cr_assert_eq(lc_predictor_sources(q, weight, &physical), LC_OK);
    cr_expect_float_eq(physical, 1, 1e-9, "left-out devices carry nothing");
    lc_predictor_free(p);
    lc_predictor_free(q);
    lc_model_free(model);
    free_nets(nets, 60);
}

/* What a space alone has, the pool never met: layers of additions and shifts, of which these are
 * dear, look the same by all that a pool of fbnet nets knows. */
Test(adapt, families_new_to_the_pool_are_learned) {
    enum { SHOTS = 30 };
    const lc_space *space = lc_space_find("nasa");
    lc_model *model = made_up_model(4, 40, false);
    lc_net **nets = random_nets("nasa", SHOTS, 9), *pure[2];
    double values[SHOTS], truth[2];
    for (int i = 0; i < SHOTS; i++) {
        lc_cost cost = lc_net_cost(nets[i]);
        values[i] = 1e4 + 1e-3 * (cost.macs + cost.adds) + 5e-3 * cost.shifts;
    }
    for (int k = 0; k < 2; k++) {
        int choices[LC_NET_MAX_CHOICES];
        for (int p = 0; p < space->n_positions; p++)
            choices[p] = k ? 8 : 4;
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &pure[k], NULL), LC_OK);
        lc_cost cost = lc_net_cost(pure[k]);
        truth[k] = 1e4 + 1e-3 * (cost.macs + cost.adds) + 5e-3 * cost.shifts;
    }
    lc_predictor *p = must_adapt(model, nets, values, SHOTS);
    double shift = must_forecast(p, pure[0]).latency, adder = must_forecast(p, pure[1]).latency;
    cr_assert_gt(truth[0], 1.3 * truth[1]);
    cr_expect_gt(shift, 1.2 * adder, "shift %g of %g, adder %g of %g", shift, truth[0], adder,
                 truth[1]);
    lc_predictor_free(p);
    lc_net_free(pure[0]);
    lc_net_free(pure[1]);
    free_nets(nets, SHOTS);
    lc_model_free(model);
}

Test(adapt, shares_sum_to_one) {
    lc_model *model = made_up_model(3, 60, false);
    lc_net **nets = random_nets("fbnet", 20, 4);
    double values[20], weight[3], physical;
    made_up_values(&fast, nets, 20, values);
    for (size_t n = 1; n <= 20; n += 6) {
        lc_predictor *p = must_adapt(model, nets, values, n);
        cr_assert_eq(lc_predictor_sources(p, weight, &physical), LC_OK);
        cr_expect_float_eq(weight[0] + weight[1] + weight[2] + physical, 1, 1e-9);
        for (int i = 0; i < 3; i++)
            cr_expect(weight[i] >= 0 && weight[i] <= 1);
        lc_predictor_free(p);
    }
    lc_model_free(model);
    free_nets(nets, 20);
}

/* One sample tells the scale; the interval must say how little that is. */
Test(adapt, one_sample_is_enough) {
    lc_model *model = made_up_model(3, 60, false);
    lc_net **nets = random_nets("fbnet", 21, 5);
    double values[21];
    made_up_values(&fast, nets, 21, values);
    lc_predictor *one = must_adapt(model, nets, values, 1),
                 *many = must_adapt(model, nets, values, 20);
    lc_forecast f = must_forecast(one, nets[20]), g = must_forecast(many, nets[20]);
    cr_expect_lt(fabs(f.latency / values[20] - 1), 0.5);
    cr_expect_gt(f.high - f.low, 2 * (g.high - g.low));
    lc_predictor_free(one);
    lc_predictor_free(many);
    lc_model_free(model);
    free_nets(nets, 21);
}

/* A net measured again tells nothing new of the others: the forecast is that from one sample of
 * each net, by the median of its readings, and every reading has its net's trust. */
Test(adapt, repeats_of_a_net_count_once) {
    lc_model *model = made_up_model(3, 60, false);
    lc_net **nets = random_nets("fbnet", 4, 5), *often[7];
    static const size_t which[] = {1, 0, 1, 2, 0, 1, 0};
    double values[4], readings[7], weight[7];
    made_up_values(&fast, nets, 4, values);
    for (size_t i = 0; i < 7; i++) {
        often[i] = nets[which[i]];
        readings[i] = values[which[i]];
    }
    readings[6] *= 5; /* the median of three does not mind */
    lc_predictor *once = must_adapt(model, nets, values, 3),
                 *p = must_adapt(model, often, readings, 7);
    lc_forecast f = must_forecast(once, nets[3]), g = must_forecast(p, nets[3]);
    cr_expect_float_eq(g.latency / f.latency, 1, 1e-9);
    cr_expect_float_eq((g.high - g.low) / (f.high - f.low), 1, 1e-9);
    cr_expect_eq(lc_predictor_trust(p, weight), LC_OK);
    for (size_t i = 0; i < 7; i++)
        cr_expect_eq(weight[i], 1);
    lc_predictor_free(once);
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, 4);
}

/* The same net over and over, and latencies that do not differ. */
Test(adapt, degenerate_samples) {
    lc_model *model = made_up_model(2, 60, false);
    lc_net **nets = random_nets("fbnet", 20, 6), *same[20];
    double values[20], constant[20];
    for (size_t i = 0; i < 20; i++) {
        same[i] = nets[0];
        values[i] = 1e6 + (double)(i % 3);
        constant[i] = 3e6;
    }
    lc_predictor *p = must_adapt(model, same, values, 20),
                 *q = must_adapt(model, nets, constant, 20);
    cr_expect_float_eq(must_forecast(p, nets[0]).latency / 1e6, 1, 0.01);
    must_forecast(p, nets[1]);
    for (size_t i = 0; i < 20; i++)
        cr_expect_float_eq(must_forecast(q, nets[i]).latency / 3e6, 1, 0.01);
    lc_predictor_free(p);
    lc_predictor_free(q);
    lc_model_free(model);
    free_nets(nets, 20);
}

/* Forecasts scale with the unit, and survive extreme and absurd ones. */
Test(adapt, scale_of_the_values_does_not_matter) {
    lc_model *model = made_up_model(2, 60, false);
    lc_net **nets = random_nets("fbnet", 13, 7);
    double values[13], scaled[13];
    made_up_values(&fast, nets, 13, values);
    lc_predictor *p = must_adapt(model, nets, values, 12);
    double expected = must_forecast(p, nets[12]).latency;
    static const double scales[] = {1e-9, 1e-3, 1e6, 1e200, 1e-200};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        for (size_t i = 0; i < 12; i++)
            scaled[i] = values[i] * scales[s];
        lc_predictor *q = must_adapt(model, nets, scaled, 12);
        cr_expect_float_eq(must_forecast(q, nets[12]).latency / scales[s] / expected, 1, 1e-6);
        lc_predictor_free(q);
    }
    double wild[] = {1e-300, 1e300, 1, 1e10, 1e-10};
    lc_predictor *q = must_adapt(model, nets, wild, 5);
    for (size_t i = 0; i < 13; i++)
        must_forecast(q, nets[i]);
    lc_predictor_free(q);
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, 13);
}

/* Forecasts come from the set of the samples. */
Test(adapt, order_of_the_samples_does_not_matter) {
    enum { SHOTS = 14 };
    lc_model *model = made_up_model(2, 60, false);
    lc_net **nets = random_nets("fbnet", SHOTS + 1, 7), *turned[SHOTS];
    double values[SHOTS], turned_values[SHOTS];
    made_up_values(&fast, nets, SHOTS, values);
    values[3] *= 4; /* an outlier, so that weights count too */
    for (size_t i = 0; i < SHOTS; i++) {
        turned[i] = nets[SHOTS - 1 - i];
        turned_values[i] = values[SHOTS - 1 - i];
    }
    for (size_t n = 1; n <= SHOTS; n++) {
        lc_predictor *p = must_adapt(model, nets, values, n);
        lc_predictor *q = must_adapt(model, turned + SHOTS - n, turned_values + SHOTS - n, n);
        lc_forecast f = must_forecast(p, nets[SHOTS]), g = must_forecast(q, nets[SHOTS]);
        cr_expect_float_eq(g.latency / f.latency, 1, 1e-6, "%zu samples", n);
        cr_expect_float_eq(g.high / f.high, 1, 1e-6, "%zu samples", n);
        lc_predictor_free(p);
        lc_predictor_free(q);
    }
    lc_model_free(model);
    free_nets(nets, SHOTS + 1);
}

/* No pool and no reference nets: the samples themselves give the scale of the features. */
Test(adapt, works_without_any_pool) {
    lc_model *model = NULL;
    cr_assert_eq(lc_model_train(NULL, 0, NULL, 0, &model, NULL), LC_OK);
    lc_net **nets = random_nets("fbnet", 60, 8);
    double values[60], median, covered;
    made_up_values(&fast, nets, 60, values);
    lc_predictor *p = must_adapt(model, nets, values, 20);
    must_score(p, nets + 20, values + 20, 40, &median, &covered);
    cr_expect_lt(median, 0.05, "%g", median);
    lc_predictor_free(p);
    p = must_adapt(model, nets, values, 1);
    must_forecast(p, nets[1]);
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, 60);
}

/* A full device, more than the few that the method is made for. */
Test(adapt, many_samples_work_too) {
    lc_model *model = made_up_model(3, 60, false);
    lc_net **nets = random_nets("fbnet", 160, 16);
    double values[160], median, covered;
    made_up_values(&fast, nets, 160, values);
    lc_predictor *p = must_adapt(model, nets, values, 110);
    must_score(p, nets + 110, values + 110, 50, &median, &covered);
    cr_expect_lt(median, 0.005, "%g", median);
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, 160);
}

/* One reading in ten is five times too slow. */
Test(adapt, outliers_are_borne) {
    lc_model *model = made_up_model(3, 100, false);
    lc_net **nets = random_nets("fbnet", 120, 9);
    double values[120], median, covered;
    made_up_values(&fast, nets, 120, values);
    values[4] *= 5;
    values[13] *= 5;
    lc_predictor *p = must_adapt(model, nets, values, 20);
    must_score(p, nets + 20, values + 20, 100, &median, &covered);
    cr_expect_lt(median, 0.06, "%g", median);
    double trust[20], most = 1;
    cr_assert_eq(lc_predictor_trust(p, trust), LC_OK);
    for (size_t i = 0; i < 20; i++)
        if (i != 4 && i != 13)
            most = fmin(most, trust[i]);
    cr_expect(trust[4] < 0.25 && trust[13] < 0.25, "%g, %g", trust[4], trust[13]);
    cr_expect_gt(most, fmax(trust[4], trust[13]));
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, 120);
}

Test(adapt, bad_values_are_refused) {
    lc_model *model = made_up_model(1, 30, false);
    lc_net **nets = random_nets("fbnet", 2, 10);
    static const double bad[] = {NAN, INFINITY, 0, -1};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double values[] = {1e6, bad[i]};
        lc_shots shots = {(const lc_net *const *)nets, values, 2, NULL};
        lc_predictor *p = NULL;
        lc_error err = {0};
        cr_expect_eq(lc_predictor_adapt(model, &shots, NULL, &p, &err), LC_EFORMAT);
        cr_expect_not_null(strstr(err.message, "sample 1"), "%s", err.message);
        lc_pool_device device = {"bad", (const lc_net *const *)nets, values, 2};
        lc_model *other = NULL;
        cr_expect_eq(lc_model_train(&device, 1, NULL, 0, &other, &err), LC_EFORMAT);
        cr_expect_not_null(strstr(err.message, "\"bad\""), "%s", err.message);
    }
    lc_shots none = {NULL, NULL, 0, NULL};
    lc_predictor *p = NULL;
    cr_expect_eq(lc_predictor_adapt(model, &none, NULL, &p, NULL), LC_EUSAGE);
    lc_model_free(model);
    free_nets(nets, 2);
}

Test(adapt, bad_pools_are_refused) {
    lc_net **nets = random_nets("fbnet", 2, 10);
    double values[] = {1, 2};
    lc_pool_device twice[] = {{"a", (const lc_net *const *)nets, values, 2},
                              {"a", (const lc_net *const *)nets, values, 2}};
    lc_pool_device empty = {"empty", NULL, NULL, 0};
    lc_model *model = NULL;
    lc_error err = {0};
    cr_expect_eq(lc_model_train(twice, 2, NULL, 0, &model, &err), LC_EFORMAT);
    cr_expect_not_null(strstr(err.message, "twice"));
    cr_expect_eq(lc_model_train(&empty, 1, NULL, 0, &model, &err), LC_EFORMAT);
    cr_expect_not_null(strstr(err.message, "no samples"));
    free_nets(nets, 2);
}

/* Constant source devices and ones with a single net make models like any other. */
Test(adapt, poor_sources_are_borne) {
    lc_net **nets = random_nets("fbnet", 20, 12);
    double same[20], values[20];
    made_up_values(&fast, nets, 20, values);
    for (int i = 0; i < 20; i++)
        same[i] = 7;
    lc_pool_device pool[] = {{"constant", (const lc_net *const *)nets, same, 20},
                             {"single", (const lc_net *const *)nets, values, 1}};
    lc_model *model = NULL;
    cr_assert_eq(lc_model_train(pool, 2, NULL, 0, &model, NULL), LC_OK);
    lc_predictor *p = must_adapt(model, nets, values, 15);
    for (int i = 0; i < 20; i++)
        must_forecast(p, nets[i]);
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, 20);
}

/* The nodes and the overhead make up the forecast, whichever link won. */
Test(adapt, breakdown_sums_to_the_forecast) {
    lc_model *model = made_up_model(3, 60, false);
    lc_net **nets = random_nets("fbnet", 40, 13);
    double values[40];
    for (int curved = 0; curved < 2; curved++) {
        made_up_values(&fast, nets, 40, values);
        for (int i = 0; i < 40 && curved; i++)
            values[i] = pow(values[i], 3);
        lc_predictor *p = must_adapt(model, nets, values, 20);
        for (int i = 20; i < 40; i++) {
            size_t n = (size_t)lc_net_size(nets[i]);
            double *share = calloc(n, sizeof *share), overhead, sum;
            cr_assert_eq(lc_predictor_breakdown(p, nets[i], share, &overhead, NULL), LC_OK);
            sum = overhead;
            for (size_t k = 0; k < n; k++) {
                cr_expect_geq(share[k], 0);
                sum += share[k];
            }
            cr_expect_float_eq(sum / must_forecast(p, nets[i]).latency, 1, 1e-12);
            free(share);
        }
        lc_predictor_free(p);
    }
    lc_model_free(model);
    free_nets(nets, 40);
}

typedef struct asker {
    const lc_predictor *p;
    lc_net *const *nets;
    double latency[30];
} asker;

static void *ask(void *context) {
    asker *a = context;
    for (int round = 0; round < 5; round++)
        for (size_t i = 0; i < 30; i++)
            a->latency[i] = must_forecast(a->p, a->nets[i]).latency;
    return NULL;
}

Test(adapt, threads_may_ask_together) {
    lc_model *model = made_up_model(3, 60, false);
    lc_net **nets = random_nets("fbnet", 30, 15);
    double values[30];
    made_up_values(&fast, nets, 30, values);
    lc_predictor *p = must_adapt(model, nets, values, 20);
    lc_model_free(model); /* the predictor does not need it any more */
    static asker a, b;
    a = b = (asker){.p = p, .nets = nets};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, ask, &a), 0);
    ask(&b);
    pthread_join(thread, NULL);
    cr_expect_arr_eq(a.latency, b.latency, sizeof a.latency);
    lc_predictor_free(p);
    free_nets(nets, 30);
}
