/* Differentiable methods on a supernet whose loss is a sum over positions, so that the best net is
 * known. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toy.h"

enum { STEPS = 600 };
static toy t;

/* The supernet: what a path loses, and the gradient by the gates that ran. */
static double run(const lc_nas_search *s, const int *choices, const double *gate,
                  double *gradient) {
    double loss = 0;
    (void)s;
    for (int i = 0; i < t.problem.n_positions; i++) {
        size_t place = lc_nas_place(&t.problem, i);
        for (size_t o = 0; o < (size_t)t.problem.n_options[i]; o++) {
            bool runs = gate[place + o] > 0 || (int)o == choices[i];
            loss += gate[place + o] * t.loss[place + o];
            gradient[place + o] = runs ? t.loss[place + o] : NAN;
        }
    }
    return loss;
}

static lc_nas_search *begin(lc_nas_method method) {
    lc_nas_options options = lc_nas_options_of(method, STEPS);
    lc_nas_search *s = NULL;
    lc_error err = {0};
    options.log_unit = 1;
    cr_assert_eq(lc_nas_search_new(&t.problem, &options, &s, &err), LC_OK, "%s", err.message);
    return s;
}

static void go(lc_nas_search *s, size_t steps) {
    int choices[LC_NAS_MAX_POSITIONS];
    double gate[TOY_PLACES], gradient[TOY_PLACES];
    lc_error err = {0};
    for (size_t i = 0; i < steps; i++) {
        lc_nas_sample(s, choices, gate);
        double loss = run(s, choices, gate, gradient);
        cr_assert_eq(lc_nas_step(s, loss, gradient, &err), LC_OK, "%s", err.message);
    }
}

/* The loss of the derived net, which is within the limit. */
static double derived(lc_nas_search *s) {
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    lc_error err = {0};
    bool within, on_target;
    cr_assert_eq(lc_nas_derive(s, choices, &proof, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_nas_fits(&t.problem, choices, &within, &on_target, NULL), LC_OK);
    cr_expect(within && on_target && proof.on_target);
    return toy_sum(&t, t.loss, choices);
}

/* Without limits every method finds, or nearly, the net that loses least. */
Test(search, all_methods_find_the_best_net) {
    static const lc_nas_method methods[] = {LC_NAS_LIGHTNAS, LC_NAS_PROXYLESS, LC_NAS_GDAS,
                                            LC_NAS_EHDNAS, LC_NAS_FBNET};
    toy_make(&t, 10, 5, 0, false, 4);
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    cr_assert_eq(lc_nas_assign(&t.problem, t.score, 0, choices, &proof, NULL), LC_OK);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        lc_nas_search *s = begin(methods[i]);
        go(s, STEPS);
        double loss = derived(s);
        cr_expect(loss <= -proof.score + 0.25, "%s: %g, best %g", lc_nas_method_name(methods[i]),
                  loss, -proof.score);
        lc_nas_search_free(s);
    }
}

/* One search a budget, no setting changed; what it finds loses little more than the best net of
 * that budget, and what it converges to itself is near it. */
Test(search, lightnas_meets_six_budgets) {
    for (int b = 1; b <= 6; b++) {
        int choices[LC_NAS_MAX_POSITIONS];
        lc_nas_proof proof;
        lc_nas_value value;
        toy_make(&t, 22, 9, 1, false, 11);
        t.problem.tolerance = 0.01;
        t.problem.costs[0].limit = toy_limit(&t, 0, 0.1 + 0.1 * b);
        cr_assert_eq(lc_nas_assign(&t.problem, t.score, 0, choices, &proof, NULL), LC_OK);
        lc_nas_search *s = begin(LC_NAS_LIGHTNAS);
        go(s, STEPS);
        double loss = derived(s), limit = t.problem.costs[0].limit;
        cr_assert_eq(lc_nas_forecast(s, choices, &value, NULL), LC_OK);
        cr_expect(fabs(value.mean / limit - 1) < 0.05, "budget %d: the logits say %g of it", b,
                  value.mean / limit);
        cr_expect(loss <= -proof.score * 1.06 + 0.05, "budget %d: %g, best %g", b, loss,
                  -proof.score);
        lc_nas_search_free(s);
    }
}

/* Units of loss and cost do not matter. */
Test(search, lightnas_does_not_depend_on_units) {
    double first = 0;
    for (int k = 0; k < 2; k++) {
        toy_make(&t, 12, 6, 1, false, 5);
        for (size_t i = 0; i < t.places && k; i++) {
            t.loss[i] *= 1e-3;
            t.cost[0][i] *= 1e6;
        }
        t.problem.costs[0].base *= k ? 1e6 : 1;
        t.problem.tolerance = 0.02;
        t.problem.costs[0].limit = toy_limit(&t, 0, 0.4);
        lc_nas_search *s = begin(LC_NAS_LIGHTNAS);
        go(s, STEPS);
        double loss = derived(s) * (k ? 1e3 : 1);
        if (k)
            cr_expect(fabs(loss - first) < 0.05 * first, "%g and %g", loss, first);
        first = loss;
        lc_nas_search_free(s);
    }
}

/* A search that was cut off ends as if it had not been. */
/* With all options run and a cost without limit, what EH-DNAS descends is known: p (g - mean of g)
 * for the loss, and the same of the cost's parts by its weight. */
Test(search, says_what_gradient_it_goes_by) {
    toy_make(&t, 5, 4, 1, false, 8);
    t.problem.costs[0].limit = 0;
    t.problem.costs[0].weight = 0.3;
    lc_nas_search *s = begin(LC_NAS_EHDNAS);
    double p[TOY_PLACES], gradient[TOY_PLACES];
    lc_nas_gradient(s, gradient);
    for (size_t k = 0; k < t.places; k++)
        cr_expect_eq(gradient[k], 0);
    go(s, 3);
    lc_nas_probability(s, p);
    go(s, 1);
    lc_nas_gradient(s, gradient);
    for (int i = 0; i < t.problem.n_positions; i++) {
        size_t place = lc_nas_place(&t.problem, i), n = (size_t)t.problem.n_options[i];
        double mean = 0;
        for (size_t k = place; k < place + n; k++)
            mean += p[k] * (t.loss[k] + 0.3 * t.cost[0][k]);
        for (size_t k = place; k < place + n; k++)
            cr_expect_float_eq(gradient[k], p[k] * (t.loss[k] + 0.3 * t.cost[0][k] - mean), 1e-9,
                               "%g", gradient[k]);
    }
    lc_nas_search_free(s);
}

Test(search, states_continue_to_the_bit) {
    toy_make(&t, 12, 6, 2, false, 5);
    t.problem.costs[0].limit = toy_limit(&t, 0, 0.4);
    t.problem.costs[1].limit = toy_limit(&t, 1, 0.6);
    for (int m = LC_NAS_LIGHTNAS; m <= LC_NAS_EHDNAS; m++) {
        double p[2][TOY_PLACES];
        unsigned char *bytes = NULL;
        size_t length = 0;
        lc_error err = {0};
        lc_nas_search *s = begin((lc_nas_method)m);
        go(s, 40);
        cr_assert_eq(lc_nas_save(s, &bytes, &length, &err), LC_OK);
        go(s, 40);
        lc_nas_probability(s, p[0]);
        lc_nas_search_free(s);
        s = begin((lc_nas_method)m);
        cr_assert_eq(lc_nas_load(s, bytes, length, &err), LC_OK, "%s", err.message);
        cr_expect_eq(lc_nas_steps(s), 40);
        go(s, 40);
        lc_nas_probability(s, p[1]);
        cr_expect_eq(memcmp(p[0], p[1], t.places * sizeof *p[0]), 0);
        lc_nas_search_free(s);
        free(bytes);
    }
}

Test(search, bad_states_are_refused) {
    unsigned char *bytes = NULL;
    size_t length = 0;
    lc_error err = {0};
    toy_make(&t, 6, 4, 1, false, 5);
    lc_nas_search *s = begin(LC_NAS_LIGHTNAS);
    cr_assert_eq(lc_nas_save(s, &bytes, &length, &err), LC_OK);
    cr_expect_eq(lc_nas_load(s, bytes, length - 8, &err), LC_EFORMAT);
    cr_expect_eq(lc_nas_load(s, bytes, 10, &err), LC_EFORMAT);
    bytes[length / 2] ^= 1;
    cr_expect_eq(lc_nas_load(s, bytes, length, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "checksum"), "%s", err.message);
    bytes[length / 2] ^= 1;
    lc_nas_search_free(s);
    t.problem.costs[0].weight = 0.5;
    s = begin(LC_NAS_LIGHTNAS);
    cr_expect_eq(lc_nas_load(s, bytes, length, &err), LC_EUSAGE);
    lc_nas_search_free(s);
    free(bytes);
}

Test(search, diverging_training_is_stopped) {
    double gate[TOY_PLACES], gradient[TOY_PLACES], p[2][TOY_PLACES];
    int choices[LC_NAS_MAX_POSITIONS];
    lc_error err = {0};
    toy_make(&t, 6, 4, 1, false, 5);
    lc_nas_search *s = begin(LC_NAS_LIGHTNAS);
    go(s, 3);
    lc_nas_probability(s, p[0]);
    lc_nas_sample(s, choices, gate);
    run(s, choices, gate, gradient);
    cr_expect_eq(lc_nas_step(s, NAN, gradient, &err), LC_ERUNTIME);
    cr_expect(strstr(err.message, "step 3"), "%s", err.message);
    gradient[choices[0]] = INFINITY;
    cr_expect_eq(lc_nas_step(s, 1, gradient, &err), LC_ERUNTIME);
    lc_nas_probability(s, p[1]);
    cr_expect_eq(memcmp(p[0], p[1], t.places * sizeof *p[0]), 0);
    lc_nas_search_free(s);
}

Test(search, bad_options_are_refused) {
    lc_nas_options options = lc_nas_options_of(LC_NAS_FBNET, 0);
    lc_nas_search *s = NULL;
    lc_nas_method method;
    lc_error err = {0};
    toy_make(&t, 6, 4, 1, false, 5);
    cr_expect_eq(lc_nas_search_new(&t.problem, &options, &s, &err), LC_EUSAGE);
    cr_expect(strstr(err.message, "steps"), "%s", err.message);
    options = lc_nas_options_of(LC_NAS_FBNET, 10); /* costs of some 10 are below its log_unit */
    cr_expect_eq(lc_nas_search_new(&t.problem, &options, &s, &err), LC_EUSAGE);
    cr_expect(strstr(err.message, "log_unit"), "%s", err.message);
    cr_expect_eq(lc_nas_method_find("lightnas", &method, &err), LC_OK);
    cr_expect_eq(lc_nas_method_find("darts", &method, &err), LC_EUSAGE);
    cr_expect(strstr(err.message, "ehdnas"), "%s", err.message);
    options = lc_nas_options_of(LC_NAS_LIGHTNAS, 10);
    t.problem.costs[0].limit = toy_limit(&t, 0, -0.2);
    cr_expect_eq(lc_nas_search_new(&t.problem, &options, &s, &err), LC_EINFEASIBLE);
    cr_expect_null(s);
}
