/* The integer program: what it proves best is best. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "toy.h"

static toy t;

static void expect_best(const char *what, uint64_t seed) {
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    lc_error err = {0};
    bool within, on_target;
    double best = toy_best(&t);
    lc_status st = lc_nas_assign(&t.problem, t.score, 0, choices, &proof, &err);
    if (best == -INFINITY && (st == LC_EINFEASIBLE || (st == LC_OK && !proof.on_target)))
        return;
    cr_assert_eq(st, LC_OK, "%s %d: %s", what, (int)seed, err.message);
    cr_expect(fabs(toy_sum(&t, t.score, choices) - best) < 1e-7, "%s %d: %.12g, not %.12g", what,
              (int)seed, toy_sum(&t, t.score, choices), best);
    cr_expect(fabs(proof.score - toy_sum(&t, t.score, choices)) < 1e-12);
    cr_expect(proof.optimal, "%s %d", what, (int)seed);
    cr_assert_eq(lc_nas_fits(&t.problem, choices, &within, &on_target, NULL), LC_OK);
    cr_expect(within && on_target);
}

Test(assign, is_what_trying_all_nets_finds) {
    for (uint64_t seed = 1; seed <= 30; seed++) {
        toy_make(&t, 5, 4, 1, seed % 2, seed);
        t.problem.costs[0].limit = toy_limit(&t, 0, 0.1 + 0.025 * (double)seed);
        expect_best("limit", seed);
    }
}

Test(assign, keeps_two_limits) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        toy_make(&t, 5, 4, 2, false, seed);
        t.problem.costs[0].limit = toy_limit(&t, 0, 0.4);
        t.problem.costs[1].limit = toy_limit(&t, 1, 0.4);
        expect_best("two limits", seed);
    }
}

/* Small whole costs, of which many nets have the same: programs that are solved before anything is
 * branched on, at which GLPK's cuts once ended the process. */
Test(assign, keeps_two_limits_of_whole_costs) {
    for (uint64_t seed = 1; seed <= 60; seed++) {
        toy_make(&t, 5, 5, 2, true, seed);
        for (size_t k = 0; k < t.places; k++)
            t.cost[1][k] = floor(t.cost[1][k]);
        t.problem.costs[0].limit = toy_limit(&t, 0, 0.01 * (double)seed);
        t.problem.costs[1].limit = toy_limit(&t, 1, 0.6 - 0.009 * (double)seed);
        expect_best("whole costs", seed);
    }
}

/* A target has a lower end, too: the best net overall may be too cheap. */
Test(assign, hits_a_target) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        toy_make(&t, 6, 4, 1, false, seed);
        t.problem.tolerance = 0.01;
        t.problem.costs[0].limit = toy_limit(&t, 0, 0.04 * (double)seed + 0.1);
        expect_best("target", seed);
    }
}

/* The sizes that LANA is for: 22 layers of FBNet, 100 layers of 40 alternatives here. */
Test(assign, large_ones_are_proven_too) {
    static const int sizes[][2] = {{22, 9}, {100, 40}};
    for (size_t i = 0; i < 2; i++) {
        int choices[LC_NAS_MAX_POSITIONS];
        lc_nas_proof proof;
        lc_error err = {0};
        bool within, on_target;
        toy_make(&t, sizes[i][0], sizes[i][1], 1, false, 7);
        t.problem.costs[0].limit = toy_limit(&t, 0, 0.35);
        cr_assert_eq(lc_nas_assign(&t.problem, t.score, 0, choices, &proof, &err), LC_OK, "%s",
                     err.message);
        cr_expect(proof.optimal && proof.bound <= proof.score + 1e-9);
        cr_assert_eq(lc_nas_fits(&t.problem, choices, &within, &on_target, NULL), LC_OK);
        cr_expect(within);
    }
}

/* Nothing but the limit tells nets apart, so that no option can be left out beforehand. */
Test(assign, scores_that_are_the_costs_are_proven_too) {
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    toy_make(&t, 40, 20, 1, false, 7);
    memcpy(t.score, t.cost[0], sizeof t.score);
    t.problem.costs[0].limit = toy_limit(&t, 0, 0.35);
    cr_assert_eq(lc_nas_assign(&t.problem, t.score, 0, choices, &proof, NULL), LC_OK);
    cr_expect(proof.optimal);
    double left = t.problem.costs[0].limit - 2 - proof.score;
    cr_expect(left >= 0 && left < 1e-6, "%g", left);
}

/* Tenths are no binary fractions: of nets that cost the limits some come out above them by
 * rounding, which is no reason to miss the others. */
Test(assign, nets_at_the_limits_are_within_to_the_last_digit) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        int net[LC_NAS_MAX_POSITIONS];
        toy_make(&t, 5, 4, 1 + (int)(seed % 2), false, seed);
        for (int i = 0; i < 5; i++)
            net[i] = (int)(seed >> i) % 4;
        for (int c = 0; c < t.problem.n_costs; c++) {
            lc_nas_value value;
            for (size_t k = 0; k < t.places; k++)
                t.cost[c][k] = 0.1 * floor(t.cost[c][k] / 2);
            cr_assert_eq(lc_nas_cost_of(&t.problem, c, net, &value, NULL), LC_OK);
            t.problem.costs[c].limit = value.upper;
        }
        expect_best("at the limit", seed);
    }
}

Test(assign, limits_that_no_net_keeps_are_named_with_the_nearest_net) {
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    lc_error err = {0};
    toy_make(&t, 4, 3, 1, false, 3);
    t.problem.costs[0].limit = toy_limit(&t, 0, -0.1);
    cr_expect_eq(lc_nas_assign(&t.problem, t.score, 0, choices, &proof, &err), LC_EINFEASIBLE);
    cr_expect(strstr(err.message, "latency") && strstr(err.message, "the least is"), "%s",
              err.message);
    t.problem.tolerance = 0.01;
    t.problem.costs[0].limit = toy_limit(&t, 0, 1.2);
    cr_expect_eq(lc_nas_feasible(&t.problem, &err), LC_EINFEASIBLE);
    cr_expect(strstr(err.message, "the most is"), "%s", err.message);
    toy_make(&t, 5, 4, 2, false, 3);
    memcpy(t.cost[1], t.cost[0], sizeof t.cost[1]);
    for (size_t k = 0; k < t.places; k++) /* cheap in one is dear in the other */
        t.cost[1][k] = 11 - t.cost[0][k];
    t.problem.costs[0].limit = toy_limit(&t, 0, 0.2);
    t.problem.costs[1].limit = toy_limit(&t, 1, 0.2);
    cr_expect_eq(lc_nas_feasible(&t.problem, &err), LC_EINFEASIBLE);
    cr_expect(strstr(err.message, "all limits"), "%s", err.message);
}

Test(assign, problems_that_are_none_are_refused) {
    lc_error err = {0};
    lc_nas_problem good;
    toy_make(&t, 4, 3, 1, false, 3);
    good = t.problem;
    cr_expect_eq(lc_nas_check(&good, &err), LC_OK);
    t.problem.n_options[2] = 0;
    cr_expect_eq(lc_nas_check(&t.problem, &err), LC_EUSAGE);
    cr_expect(strstr(err.message, "position 2"), "%s", err.message);
    t.problem = good;
    t.problem.costs[0].table = NULL;
    cr_expect_eq(lc_nas_check(&t.problem, &err), LC_EUSAGE);
    cr_expect(strstr(err.message, "one source"), "%s", err.message);
    t.problem = good;
    t.problem.costs[0].confidence = 0.2;
    cr_expect_eq(lc_nas_check(&t.problem, &err), LC_EUSAGE);
    t.problem = good;
    t.problem.costs[0].limit = -1;
    cr_expect_eq(lc_nas_check(&t.problem, &err), LC_EUSAGE);
    t.problem = good;
    t.cost[0][5] = NAN;
    cr_expect_eq(lc_nas_check(&t.problem, &err), LC_EUSAGE);
    cr_expect(strstr(err.message, "finite"), "%s", err.message);
}
