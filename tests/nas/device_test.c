/* Real spaces on a made-up device known by few samples. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "latcast/nas.h"
#include "synthetic.h"

enum { PLACES = 256, STEPS = 250, SHOTS = 20 };

typedef struct scene {
    lc_choice_predictor *compiled;
    lc_nas_problem problem;
    lc_nas_extreme least, most;
} scene;

static scene open_scene(const char *space, double confidence) {
    scene s;
    lc_error err = {0};
    lc_model *model = NULL;
    made_up device = {1e-2, 3e-2, 900, 1e5};
    double values[SHOTS];
    cr_assert_eq(lc_model_train(NULL, 0, NULL, 0, &model, &err), LC_OK);
    lc_net **nets = random_nets(space, SHOTS, 3);
    made_up_values(&device, nets, SHOTS, values);
    for (size_t i = 0; i < SHOTS; i++) /* as measuring it does */
        values[i] *= 1 + 0.02 * sin((double)(7 * i));
    lc_predictor *p = must_adapt(model, nets, values, SHOTS);
    cr_assert_eq(lc_nas_problem_init(&s.problem, lc_space_find(space), &err), LC_OK);
    cr_assert_eq(lc_choice_predictor_new(p, s.problem.space, &s.compiled, &err), LC_OK, "%s",
                 err.message);
    s.problem.costs[s.problem.n_costs++] = (lc_nas_cost){
        .name = "latency", .unit = "ns", .predictor = s.compiled, .confidence = confidence};
    cr_assert_eq(lc_nas_extremes(&s.problem, 0, &s.least, &s.most, &err), LC_OK);
    lc_predictor_free(p);
    lc_model_free(model);
    free_nets(nets, SHOTS);
    return s;
}

static double between(const scene *s, double share) {
    return s->least.value.upper + share * (s->most.value.upper - s->least.value.upper);
}

/* A supernet by which larger blocks (later options, bar skip) lose less. */
static double lost(const scene *s, int position, int option) {
    static const double base[] = {0.9, 1, 0.5, 0.25, 0.8, 0.9, 0.4, 0.2, 1.1};
    (void)s;
    return base[option] * (1 + 0.5 * sin(position));
}

static void search(const scene *s, lc_nas_search *search) {
    int choices[LC_NAS_MAX_POSITIONS];
    double gradient[PLACES];
    lc_error err = {0};
    for (int k = 0; k < STEPS; k++) {
        double loss = 0;
        lc_nas_sample(search, choices, NULL);
        for (size_t i = 0; i < PLACES; i++)
            gradient[i] = NAN;
        for (int i = 0; i < s->problem.n_positions; i++) {
            double x = lost(s, i, choices[i]);
            loss += x;
            gradient[lc_nas_place(&s->problem, i) + (size_t)choices[i]] = x;
        }
        cr_assert_eq(lc_nas_step(search, loss, gradient, &err), LC_OK, "%s", err.message);
    }
}

/* Where the forecast is no sum of table entries the derived net still takes 99 to 100 % of every
 * budget, with and without confidence. */
static void expect_budgets(double confidence) {
    scene s = open_scene("fbnet", confidence);
    for (int b = 1; b <= 6; b++) {
        int choices[LC_NAS_MAX_POSITIONS];
        lc_nas_search *x = NULL;
        lc_nas_proof proof;
        lc_nas_value v;
        lc_error err = {0};
        s.problem.tolerance = 0.01;
        s.problem.costs[0].limit = between(&s, 0.1 + 0.12 * b);
        lc_nas_options o = lc_nas_options_of(LC_NAS_LIGHTNAS, STEPS);
        cr_assert_eq(lc_nas_search_new(&s.problem, &o, &x, &err), LC_OK, "%s", err.message);
        search(&s, x);
        cr_assert_eq(lc_nas_derive(x, choices, &proof, &err), LC_OK, "%s", err.message);
        cr_assert_eq(lc_nas_cost_of(&s.problem, 0, choices, &v, &err), LC_OK);
        double share = v.upper / s.problem.costs[0].limit;
        cr_expect(share <= 1 && share >= 0.99, "budget %d: %g", b, share);
        cr_expect(proof.on_target && (confidence > 0.5 ? v.upper > v.mean : v.upper == v.mean));
        lc_nas_search_free(x);
    }
    lc_choice_predictor_free(s.compiled);
}

Test(device, six_budgets_are_hit) {
    expect_budgets(0);
}

Test(device, six_budgets_are_hit_with_confidence) {
    expect_budgets(0.9);
}

/* More confidence, more cost that is allowed for. */
Test(device, confidence_raises_costs) {
    double last = 0;
    for (int k = 0; k < 4; k++) {
        static const double confidence[] = {0.5, 0.8, 0.95, 0.99};
        lc_nas_value v;
        int choices[22] = {0};
        scene s = open_scene("fbnet", confidence[k]);
        cr_assert_eq(lc_nas_cost_of(&s.problem, 0, choices, &v, NULL), LC_OK);
        cr_expect(v.upper > last, "%g", v.upper);
        last = v.upper;
        lc_choice_predictor_free(s.compiled);
    }
}

/* Infeasible budgets name the net there is, in the space's notation. */
Test(device, budgets_out_of_range_name_the_nearest_net) {
    scene s = open_scene("fbnet", 0);
    lc_error err = {0};
    s.problem.costs[0].limit = between(&s, -0.05);
    cr_expect_eq(lc_nas_feasible(&s.problem, &err), LC_EINFEASIBLE);
    char name[64];
    s.problem.space->format(s.least.choices, name, sizeof name);
    cr_expect(strstr(err.message, name), "%s", err.message);
    cr_expect_eq(lc_status_exit_code(err.code), 4);
    s.problem.tolerance = 0.01;
    s.problem.costs[0].limit = between(&s, 1.2);
    cr_expect_eq(lc_nas_feasible(&s.problem, &err), LC_EINFEASIBLE);
    lc_choice_predictor_free(s.compiled);
}

/* NAS-Bench-201 is a table: extremes and assignments are exact by looking at all of it. */
Test(device, small_spaces_are_enumerated) {
    scene s = open_scene("nasbench201", 0);
    double score[30];
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    cr_expect(s.least.exact && s.most.exact);
    for (size_t k = 0; k < 30; k++)
        score[k] = sin((double)k);
    s.problem.costs[0].limit = between(&s, 0.3);
    cr_assert_eq(lc_nas_assign(&s.problem, score, 0, choices, &proof, NULL), LC_OK);
    cr_expect(proof.optimal);
    lc_choice_predictor_free(s.compiled);
}
