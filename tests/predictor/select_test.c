#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "predictor/selection.h"
#include "synthetic.h"

static void select_from(const lc_model *model, lc_net *const *measured, size_t n_measured,
                        lc_net *const *nets, size_t n, size_t k, size_t *chosen) {
    lc_error err = {0};
    cr_assert_eq(lc_model_select(model, (const lc_net *const *)measured, n_measured,
                                 (const lc_net *const *)nets, n, k, NULL, chosen, &err),
                 LC_OK, "%s", err.message);
    for (size_t i = 0; i < k; i++) {
        cr_assert_lt(chosen[i], n);
        for (size_t j = 0; j < i; j++)
            cr_assert_neq(chosen[i], chosen[j]);
    }
}

Test(select, distinct_and_the_same_every_time) {
    lc_model *model = made_up_model(2, 60, false);
    lc_net **nets = random_nets("fbnet", 150, 1);
    size_t a[20], b[20];
    select_from(model, NULL, 0, nets, 150, 20, a);
    select_from(model, NULL, 0, nets, 150, 20, b);
    cr_expect_arr_eq(a, b, sizeof a);
    lc_model_free(model);
    free_nets(nets, 150);
}

/* All candidates, one candidate, the same net many times, no model to speak of. */
Test(select, edges) {
    lc_model *model = made_up_model(1, 40, false), *bare = NULL;
    cr_assert_eq(lc_model_train(NULL, 0, NULL, 0, &bare, NULL), LC_OK);
    lc_net **nets = random_nets("fbnet", 30, 2), *same[30];
    size_t chosen[30];
    for (int i = 0; i < 30; i++)
        same[i] = nets[0];
    select_from(model, NULL, 0, nets, 30, 30, chosen);
    select_from(model, NULL, 0, nets, 1, 1, chosen);
    select_from(model, NULL, 0, nets, 30, 0, chosen);
    select_from(model, NULL, 0, same, 30, 20, chosen);
    select_from(bare, NULL, 0, nets, 30, 14, chosen);
    lc_error err = {0};
    cr_expect_eq(
        lc_model_select(model, NULL, 0, (const lc_net *const *)nets, 3, 4, NULL, chosen, &err),
        LC_EUSAGE);
    lc_model_free(model);
    lc_model_free(bare);
    free_nets(nets, 30);
}

/* What has been measured is not worth measuring again. */
Test(select, measured_nets_are_avoided) {
    lc_model *model = made_up_model(1, 40, false);
    lc_net **nets = random_nets("fbnet", 40, 3);
    size_t chosen[10];
    select_from(model, nets, 20, nets, 40, 10, chosen);
    for (int i = 0; i < 10; i++)
        cr_expect_geq(chosen[i], 20);
    lc_model_free(model);
    free_nets(nets, 40);
}

/* With this many the forecasts of a made-up device are still visibly off. */
#define SHOTS 6

/* Sum of squared relative errors over nets[n] after learning from shots[SHOTS]. */
static double error_after(const lc_model *model, lc_net *const *nets, const double *values,
                          size_t n, const size_t *shots) {
    const lc_net *shot_nets[SHOTS];
    double shot_values[SHOTS], sum = 0;
    for (size_t i = 0; i < SHOTS; i++) {
        shot_nets[i] = nets[shots[i]];
        shot_values[i] = values[shots[i]];
    }
    lc_shots s = {.nets = shot_nets, .values = shot_values, .n = SHOTS};
    lc_predictor *p = NULL;
    cr_assert_eq(lc_predictor_adapt(model, &s, NULL, &p, NULL), LC_OK);
    for (size_t i = 0; i < n; i++) {
        lc_forecast f;
        cr_assert_eq(lc_predictor_query(p, nets[i], &f, NULL), LC_OK);
        sum += (f.latency / values[i] - 1) * (f.latency / values[i] - 1);
    }
    lc_predictor_free(p);
    return sum;
}

/* Nets chosen for the regression teach more than drawn ones, on average over devices and draws. */
Test(select, chosen_nets_beat_drawn_ones) {
    static const made_up device[] = {
        {2e-2, 3e-2, 700, 2e5}, {5e-3, 9e-2, 100, 0}, {4e-2, 1e-3, 9000, 1e4}};
    lc_model *model = made_up_model(0, 100, false);
    lc_net **nets = random_nets("fbnet", 200, 4);
    double values[200], with_chosen = 0, with_drawn = 0;
    size_t chosen[SHOTS], drawn[SHOTS];
    select_from(model, NULL, 0, nets, 200, SHOTS, chosen);
    for (size_t k = 0; k < sizeof device / sizeof *device; k++) {
        made_up_values(&device[k], nets, 200, values);
        with_chosen += error_after(model, nets, values, 200, chosen);
        for (size_t draw = 0; draw < 8; draw++) {
            for (size_t i = 0; i < SHOTS; i++)
                drawn[i] = draw * SHOTS + i;
            with_drawn += error_after(model, nets, values, 200, drawn) / 8;
        }
    }
    cr_expect_lt(with_chosen, with_drawn, "%g, drawn %g", with_chosen, with_drawn);
    lc_model_free(model);
    free_nets(nets, 200);
}

/* ---- by method ---- */

/* 40 candidates, then 12 more that count as measured where `values` says so. */
typedef struct stand {
    lc_model *model;
    lc_net **nets;
    lc__point *points;
    size_t rows[52];
    double values[52];
    lc__selection from;
} stand;

static void stand_open(stand *s, bool known) {
    made_up device = {2e-2, 3e-2, 700, 2e5};
    s->model = made_up_model(2, 60, false);
    s->nets = random_nets("fbnet", 52, 6);
    s->points = calloc(52, sizeof *s->points);
    cr_assert_not_null(s->points);
    made_up_values(&device, s->nets, 52, s->values);
    for (size_t i = 0; i < 52; i++) {
        s->rows[i] = i;
        cr_assert_eq(lc__featurise(s->nets[i], &s->points[i], NULL), LC_OK);
    }
    s->from = (lc__selection){.model = s->model,
                              .points = s->points,
                              .measured = s->rows + 40,
                              .values = s->values + 40,
                              .n_measured = known ? 12 : 0,
                              .candidates = s->rows,
                              .n = 40};
}

static void stand_close(stand *s) {
    lc_model_free(s->model);
    free_nets(s->nets, 52);
    free(s->points);
}

Test(select, every_method_chooses_distinct_nets) {
    stand s;
    for (int known = 0; known < 2; known++) {
        stand_open(&s, known);
        for (int m = 0; m < LC__METHODS; m++) {
            size_t chosen[40], k = 40;
            bool taken[40] = {false};
            cr_assert_eq(lc__select(&s.from, (lc__method)m, &k, chosen, NULL), LC_OK);
            cr_expect_eq(k, 40u);
            for (size_t i = 0; i < k; i++) {
                cr_expect(chosen[i] < 40 && !taken[chosen[i]], "%s",
                          lc__method_name((lc__method)m));
                taken[chosen[i]] = true;
            }
        }
        stand_close(&s);
    }
}

Test(select, names_and_methods_belong_together) {
    lc_error err = {0};
    lc__method found;
    for (int m = 0; m < LC__METHODS; m++) {
        cr_assert_eq(lc__method_find("method", lc__method_name((lc__method)m), &found, &err),
                     LC_OK);
        cr_expect_eq((int)found, m);
    }
    cr_expect_eq(lc__method_find("method", "best", &found, &err), LC_EUSAGE);
}

/* The classes of work have one net each, in their order. */
Test(select, macs_are_spread_over_the_range) {
    stand s;
    stand_open(&s, false);
    size_t chosen[8], k = 8;
    cr_assert_eq(lc__select(&s.from, LC__METHOD_macs, &k, chosen, NULL), LC_OK);
    for (size_t i = 1; i < k; i++)
        cr_expect_leq(lc_net_cost(s.nets[chosen[i - 1]]).macs, lc_net_cost(s.nets[chosen[i]]).macs);
    stand_close(&s);
}

/* With a budget what is cheap and tells as much comes first, and no more is chosen than fits. */
Test(select, a_budget_buys_information) {
    stand s;
    stand_open(&s, true);
    double seconds[40], spent = 0;
    size_t chosen[40], k = 40;
    for (size_t i = 0; i < 40; i++)
        seconds[i] = i % 2 ? 100 : 1;
    s.from.seconds = seconds;
    s.from.budget_s = 9.5;
    cr_assert_eq(lc__select(&s.from, LC__METHOD_active, &k, chosen, NULL), LC_OK);
    for (size_t i = 0; i < k; i++)
        spent += seconds[chosen[i]];
    cr_expect(k == 9 && spent <= 9.5, "%zu nets for %g s", k, spent);
    stand_close(&s);
}

/* What measuring is expected to bring is brought: shares within 1, intervals that narrow. */
Test(select, judged_by_what_is_left) {
    stand s;
    stand_open(&s, true);
    size_t chosen[10], k = 10;
    lc__pick pick[10];
    double now, told = 0;
    cr_assert_eq(lc__select(&s.from, LC__METHOD_active, &k, chosen, NULL), LC_OK);
    cr_assert_eq(lc__judge(&s.from, chosen, k, pick, &now, NULL), LC_OK);
    for (size_t i = 0; i < k; i++) {
        told += pick[i].tells;
        cr_expect(pick[i].tells >= 0 && pick[i].latency > 0);
    }
    cr_expect(told > 0 && told <= 1 && pick[9].half < now, "%g told, %g to %g", told, now,
              pick[9].half);
    stand_close(&s);
}
