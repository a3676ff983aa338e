/* Selection over known accuracies: found fronts are those of trying every net. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toy.h"

static toy t;
static size_t asked, stop_at;

static lc_status accuracy_of(void *ctx, const int *choices, double *accuracy, lc_error *err) {
    (void)ctx;
    (void)err;
    asked++;
    *accuracy = 100 - toy_sum(&t, t.loss, choices);
    return LC_OK;
}

static bool progress(void *ctx, size_t looked_at, size_t evaluations) {
    (void)ctx;
    cr_expect(looked_at <= evaluations);
    return stop_at == 0 || looked_at < stop_at;
}

static lc_nas_accuracies *none(void) {
    lc_nas_accuracies *a = NULL;
    cr_assert_eq(lc_nas_accuracies_new(&t.problem, &a, NULL), LC_OK);
    return a;
}

static lc_nas_result search(lc_nas_selection method, size_t evaluations, lc_nas_accuracies *a) {
    lc_nas_select_options o = {.method = method,
                               .seed = 3,
                               .evaluations = evaluations,
                               .accuracy = accuracy_of,
                               .progress = progress};
    lc_nas_result r;
    lc_error err = {0};
    cr_assert_eq(lc_nas_select(&t.problem, &o, a, &r, &err), LC_OK, "%s", err.message);
    return r;
}

static double area(const lc_nas_result *r) {
    double *x = calloc(2 * r->n_front, sizeof *x);
    for (size_t i = 0; i < r->n_front; i++) {
        x[i] = r->accuracy[r->front[i]];
        x[r->n_front + i] = r->cost[r->front[i] * (size_t)r->n_costs];
    }
    double sum = lc_nas_hypervolume(x, x + r->n_front, r->n_front, 90, 80);
    free(x);
    return sum;
}

Test(select, nsga2_finds_nearly_the_whole_front) {
    toy_make(&t, 6, 4, 1, false, 9); /* 4096 nets */
    lc_nas_accuracies *a = none(), *b = none(), *c = none();
    lc_nas_result all = search(LC_NAS_EXHAUSTIVE, 0, a);
    lc_nas_result some = search(LC_NAS_NSGA2, 1000, b), drawn = search(LC_NAS_RANDOM, 1000, c);
    cr_expect_eq(all.n, 4096);
    cr_expect_eq(some.n, 1000);
    cr_expect_eq(drawn.n, 1000);
    cr_expect(area(&some) > 0.99 * area(&all), "%g of %g", area(&some), area(&all));
    cr_expect(area(&some) > area(&drawn));
    for (size_t i = 1; i < all.n_front; i++) {
        size_t x = all.front[i - 1], y = all.front[i];
        cr_expect(all.cost[x] < all.cost[y] && all.accuracy[x] < all.accuracy[y]);
    }
    lc_nas_result_clear(&all);
    lc_nas_result_clear(&some);
    lc_nas_result_clear(&drawn);
    lc_nas_accuracies_free(a);
    lc_nas_accuracies_free(b);
    lc_nas_accuracies_free(c);
}

Test(select, the_best_within_a_limit_is_that_of_the_program) {
    toy_make(&t, 6, 4, 1, false, 9);
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    t.problem.costs[0].limit = toy_limit(&t, 0, 0.4);
    lc_nas_accuracies *a = none();
    lc_nas_result all = search(LC_NAS_EXHAUSTIVE, 0, a);
    cr_assert_eq(lc_nas_assign(&t.problem, t.score, 0, choices, &proof, NULL), LC_OK);
    cr_expect_eq(memcmp(choices, all.choices + all.best * 6, 6 * sizeof *choices), 0);
    lc_nas_result_clear(&all);
    lc_nas_accuracies_free(a);
}

/* Accuracies cost training time: what was cut off takes the same way again and asks only for the
 * rest. */
Test(select, what_is_known_is_not_asked_for_again) {
    toy_make(&t, 8, 4, 1, false, 9);
    unsigned char *bytes = NULL;
    size_t length = 0;
    lc_nas_accuracies *a = none(), *b = none(), *c = none();
    lc_nas_result whole = search(LC_NAS_NSGA2, 300, a);
    stop_at = 120;
    lc_nas_result cut = search(LC_NAS_NSGA2, 300, b);
    cr_expect_eq(cut.n, 120);
    cr_assert_eq(lc_nas_accuracies_save(b, &bytes, &length, NULL), LC_OK);
    cr_assert_eq(lc_nas_accuracies_load(c, bytes, length, NULL), LC_OK);
    asked = stop_at = 0;
    lc_nas_result again = search(LC_NAS_NSGA2, 300, c);
    cr_expect_eq(asked, 180);
    cr_expect(again.n == whole.n && again.best == whole.best);
    cr_expect_eq(memcmp(again.choices, whole.choices, whole.n * 8 * sizeof *whole.choices), 0);
    free(bytes);
    lc_nas_result_clear(&whole);
    lc_nas_result_clear(&cut);
    lc_nas_result_clear(&again);
    lc_nas_accuracies_free(a);
    lc_nas_accuracies_free(b);
    lc_nas_accuracies_free(c);
}

/* A table that lacks nets is searched over what it has. */
Test(select, known_accuracies_do_without_a_function) {
    toy_make(&t, 6, 4, 1, false, 9);
    lc_nas_accuracies *a = none();
    lc_nas_result all = search(LC_NAS_RANDOM, 500, a);
    for (int m = LC_NAS_RANDOM; m <= LC_NAS_NSGA2; m++) {
        lc_nas_select_options o = {.method = (lc_nas_selection)m, .seed = 4, .evaluations = 500};
        lc_nas_result r;
        lc_error err = {0};
        cr_assert_eq(lc_nas_select(&t.problem, &o, a, &r, &err), LC_OK, "%s", err.message);
        cr_expect(r.n > 400 && r.n <= 500, "%zu", r.n);
        lc_nas_result_clear(&r);
    }
    cr_expect_eq(lc_nas_accuracies_size(a), 500);
    lc_nas_result_clear(&all);
    lc_nas_accuracies_free(a);
}

Test(select, lana_scores_are_those_of_single_changes) {
    toy_make(&t, 8, 4, 1, false, 2);
    lc_nas_select_options o = {.accuracy = accuracy_of};
    int base[8] = {1, 2, 3, 0, 1, 2, 3, 0};
    double score[32];
    lc_nas_accuracies *a = none();
    cr_assert_eq(lc_nas_scores(&t.problem, base, &o, a, score, NULL), LC_OK);
    for (size_t k = 0; k < 32; k++)
        cr_expect(fabs(score[k] - t.loss[k / 4 * 4 + (size_t)base[k / 4]] + t.loss[k]) < 1e-12);
    lc_error err = {0};
    o.accuracy = NULL;
    base[0] = 0;
    base[1] = 1;
    cr_expect_eq(lc_nas_scores(&t.problem, base, &o, a, score, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "0-1-3"), "%s", err.message);
    lc_nas_accuracies_free(a);
}

/* The target runs one kind of option three times as slow as the proxy does: adapted by 20 samples
 * the proxy's search gives the target's front; as it is it does not. */
Test(select, a_proxy_s_search_serves_a_target) {
    toy_make(&t, 6, 4, 1, false, 9);
    static toy target;
    target = t;
    for (size_t k = 0; k < t.places; k++)
        target.cost[0][k] = 5 * t.cost[0][k] * (k % 4 == 2 ? 3 : 1);
    target.problem.costs[0].table = target.cost[0];
    lc_nas_accuracies *a = none();
    lc_nas_result on_proxy = search(LC_NAS_EXHAUSTIVE, 0, a), kept[3];
    double share[3], values[20];
    cr_assert_eq(lc_nas_transfer(&target.problem, &on_proxy, false, &kept[0], NULL), LC_OK);
    for (size_t i = 0; i < 20; i++)
        values[i] = toy_sum(&target, target.cost[0], on_proxy.choices + i * 199 * 6) + 2;
    int shots[20 * 6];
    for (size_t i = 0; i < 20; i++)
        memcpy(shots + i * 6, on_proxy.choices + i * 199 * 6, 6 * sizeof *shots);
    for (int raw = 0; raw < 2; raw++) {
        lc_nas_proxy *proxy = NULL;
        lc_nas_result found;
        lc_error err = {0};
        cr_assert_eq(lc_nas_proxy_new(&t.problem, 0, shots, values, 20, raw, &proxy, &err), LC_OK,
                     "%s", err.message);
        lc_nas_measure measure = lc_nas_proxy_measure(proxy);
        lc_nas_problem by_proxy = t.problem;
        by_proxy.costs[0].table = NULL;
        by_proxy.costs[0].measure = &measure;
        cr_assert_eq(lc_nas_transfer(&by_proxy, &on_proxy, false, &found, NULL), LC_OK);
        cr_assert_eq(lc_nas_transfer(&target.problem, &found, true, &kept[1 + raw], NULL), LC_OK);
        lc_nas_result_clear(&found);
        lc_nas_proxy_free(proxy);
    }
    for (int i = 0; i < 3; i++) {
        double *x = calloc(2 * kept[i].n, sizeof *x);
        memcpy(x, kept[i].accuracy, kept[i].n * sizeof *x);
        memcpy(x + kept[i].n, kept[i].cost, kept[i].n * sizeof *x);
        share[i] = lc_nas_hypervolume(x, x + kept[i].n, kept[i].n, 90, 600);
        free(x);
        lc_nas_result_clear(&kept[i]);
    }
    cr_expect(share[1] > 0.98 * share[0], "%g of %g", share[1], share[0]);
    cr_expect(share[1] > share[2], "raw %g, adapted %g", share[2], share[1]);
    lc_nas_result_clear(&on_proxy);
    lc_nas_accuracies_free(a);
}

Test(select, hypervolume_counts_what_is_dominated_once) {
    const double accuracy[] = {3, 2, 1, 0.5}, cost[] = {3, 1, 2, 0.5};
    cr_expect(fabs(lc_nas_hypervolume(accuracy, cost, 4, 0, 4) - (0.5 * 3.5 + 1.5 * 3 + 1)) <
              1e-12);
    cr_expect_eq(lc_nas_hypervolume(accuracy, cost, 0, 0, 4), 0);
}

Test(select, nothing_to_go_by_is_refused) {
    toy_make(&t, 6, 4, 1, false, 9);
    lc_nas_accuracies *a = none();
    lc_nas_select_options o = {.method = LC_NAS_NSGA2, .evaluations = 10};
    lc_nas_result r;
    lc_nas_selection method;
    lc_error err = {0};
    cr_expect_eq(lc_nas_select(&t.problem, &o, a, &r, &err), LC_EUSAGE);
    o.accuracy = accuracy_of;
    o.evaluations = 0;
    cr_expect_eq(lc_nas_select(&t.problem, &o, a, &r, &err), LC_EUSAGE);
    o.method = LC_NAS_EXHAUSTIVE;
    t.problem.costs[0].limit = 1;
    cr_expect_eq(lc_nas_select(&t.problem, &o, a, &r, &err), LC_EINFEASIBLE);
    cr_expect_eq(lc_nas_selection_find("annealing", &method, &err), LC_EUSAGE);
    lc_nas_accuracies_free(a);
}
