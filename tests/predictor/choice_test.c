#include "latcast/choice.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "synthetic.h"

enum { PLACES_MAX = 256, NETS = 60 };

/* A model without a pool. */
static lc_model *no_pool(void) {
    lc_model *model = NULL;
    cr_assert_eq(lc_model_train(NULL, 0, NULL, 0, &model, NULL), LC_OK);
    return model;
}

/* A predictor for a made-up device from n shots of a space, of which the last `operators` count as
 * samples of operators, over `sources` made-up sources with nets of FBNet; over no pool at all if
 * that is -1. */
static lc_predictor *adapted_with(const char *space, size_t n, size_t operators, int sources) {
    lc_model *model = sources < 0 ? no_pool() : made_up_model((size_t)sources, NETS, false);
    lc_net **nets = random_nets(space, n, 3);
    double *values = calloc(n, sizeof *values);
    lc_sample_kind kinds[32] = {LC_SAMPLE_NET};
    for (size_t i = n - operators; i < n; i++)
        kinds[i] = LC_SAMPLE_OP;
    made_up device = {1e-2, 3e-2, 900, 1e5};
    lc_predictor *p = NULL;
    lc_error err = {0};
    made_up_values(&device, nets, n, values);
    uint64_t seed = 8;
    for (size_t i = 0; i < n; i++)
        values[i] *= 1 + 0.1 * lc__rng_unit(&seed);
    lc_shots shots = {(const lc_net *const *)nets, values, n, kinds};
    lc_adapt_options options = {.repeatability = 0.01};
    cr_assert_eq(lc_predictor_adapt(model, &shots, &options, &p, &err), LC_OK, "%s", err.message);
    free_nets(nets, n);
    free(values);
    lc_model_free(model);
    return p;
}

static lc_predictor *adapted(const char *space, size_t n, int sources) {
    return adapted_with(space, n, 0, sources);
}

static lc_choice_predictor *compiled(const lc_predictor *p, const char *space) {
    lc_choice_predictor *c = NULL;
    lc_error err = {0};
    lc_status st = lc_choice_predictor_new(p, lc_space_find(space), &c, &err);
    cr_assert_eq(st, LC_OK, "%s", err.message);
    return c;
}

static lc_forecast ask_net(const lc_predictor *p, const lc_space *space, const int *choices) {
    lc_net *net = NULL;
    lc_forecast f = {0};
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
    cr_assert_eq(lc_predictor_query(p, net, &f, NULL), LC_OK);
    lc_net_free(net);
    return f;
}

static bool near(double a, double b, double tolerance) {
    return fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
}

static void expect_same_forecast(const lc_forecast *a, const lc_forecast *b) {
    cr_expect(near(a->latency, b->latency, 1e-9), "%.17g %.17g", a->latency, b->latency);
    cr_expect(near(a->low, b->low, 1e-6), "%.17g %.17g", a->low, b->low);
    cr_expect(near(a->high, b->high, 1e-6), "%.17g %.17g", a->high, b->high);
    cr_expect(near(a->novelty, b->novelty, 1e-6), "%.17g %.17g", a->novelty, b->novelty);
    cr_expect_eq(a->out_of_range, b->out_of_range);
}

/* Compiles p for a space and compares; p is freed. */
static void expect_agreement(lc_predictor *p, const char *name) {
    const lc_space *space = lc_space_find(name);
    lc_choice_predictor *c = compiled(p, name);
    uint64_t seed = 4;
    for (int i = 0; i < 100; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_forecast f, direct;
        lc_space_random(space, &seed, choices);
        for (int k = 0; k < space->n_positions && i % 10 == 9; k++)
            choices[k] = i / 10 % space->n_options(k); /* extremes: all alike */
        direct = ask_net(p, space, choices);
        cr_assert_eq(lc_choice_predictor_query(c, choices, &f, NULL), LC_OK);
        expect_same_forecast(&f, &direct);
    }
    lc_choice_predictor_free(c);
    lc_predictor_free(p);
}

/* Prior means in size (fewer than 8 shots) bring further logarithms in; without sources there are
 * none. */
Test(choice, sums_agree_with_queries) {
    expect_agreement(adapted("fbnet", 20, 3), "fbnet");
    expect_agreement(adapted("fbnet", 5, 3), "fbnet");
    expect_agreement(adapted("fbnet", 1, 2), "fbnet");
    expect_agreement(adapted("fbnet", 12, 0), "fbnet");
}

/* A block that may be left out is an option like any other. */
Test(choice, depths_that_are_options_are_sums) {
    expect_agreement(adapted("ofa_mbv3", 16, 0), "ofa_mbv3");
}

/* Blocks of other operators, too. */
Test(choice, kinds_of_blocks_are_sums) {
    expect_agreement(adapted("nasa", 24, 0), "nasa");
}

/* A width or a depth that all layers share, or that the next one sees: no sums, and too many nets
 * for a table. */
Test(choice, spaces_whose_layers_depend_on_each_other_are_refused) {
    static const char *const spaces[] = {"hat", "flexibert"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        lc_predictor *p = adapted(spaces[i], 16, -1);
        lc_choice_predictor *c = NULL;
        lc_error err = {0};
        cr_expect_eq(lc_choice_predictor_new(p, lc_space_find(spaces[i]), &c, &err),
                     LC_EUNSUPPORTED);
        cr_expect(strstr(err.message, "net by net"), "%s", err.message);
        cr_expect(strstr(err.message, spaces[i]), "%s", err.message);
        cr_expect_null(c);
        lc_predictor_free(p);
    }
}

/* What the operators sum up to takes the place of a size. */
Test(choice, sums_agree_with_queries_where_operators_were_measured) {
    expect_agreement(adapted_with("fbnet", 14, 5, 2), "fbnet");
}

/* Shots of one space, nets of the other: outside of all that was seen. */
Test(choice, far_sums_agree_with_queries) {
    expect_agreement(adapted("nasbench201", 10, -1), "fbnet");
}

/* Shots and pool without grouped convolutions: a query rates these by their size apart from the
 * rest, which no sums do. */
Test(choice, spaces_with_strange_operators_are_not_made_sums) {
    enum { SHOTS = 12 };
    static const int plain[] = {0, 2, 3, 4, 6, 7, 8}; /* of FBNet's options, no groups */
    const lc_space *space = lc_space_find("fbnet");
    lc_model *model = no_pool();
    lc_net *nets[SHOTS];
    double values[SHOTS];
    made_up device = {1e-2, 3e-2, 900, 1e5};
    uint64_t seed = 5;
    for (size_t i = 0; i < SHOTS; i++) {
        int choices[LC_NET_MAX_CHOICES];
        for (int k = 0; k < space->n_positions; k++)
            choices[k] = plain[lc__rng_below(&seed, sizeof plain / sizeof *plain)];
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &nets[i], NULL), LC_OK);
    }
    made_up_values(&device, nets, SHOTS, values);
    lc_shots shots = {(const lc_net *const *)nets, values, SHOTS, NULL};
    lc_predictor *p = NULL;
    lc_choice_predictor *c = NULL;
    lc_error err = {0};
    cr_assert_eq(lc_predictor_adapt(model, &shots, NULL, &p, &err), LC_OK, "%s", err.message);
    cr_expect_eq(lc_choice_predictor_new(p, space, &c, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "fbnet"), "%s", err.message);
    lc_choice_predictor_free(c);
    lc_predictor_free(p);
    for (size_t i = 0; i < SHOTS; i++)
        lc_net_free(nets[i]);
    lc_model_free(model);
}

Test(choice, tables_agree_with_queries) {
    expect_agreement(adapted("nasbench201", 12, 2), "nasbench201");
}

Test(choice, batches_are_queries) {
    enum { N = 50, POSITIONS = 22 };
    const lc_space *space = lc_space_find("fbnet");
    lc_predictor *p = adapted("fbnet", 12, 2);
    lc_choice_predictor *c = compiled(p, "fbnet");
    int choices[N * POSITIONS];
    double latency[N], again[N], low[N], high[N];
    uint64_t seed = 6;
    for (int i = 0; i < N; i++)
        lc_space_random(space, &seed, choices + (size_t)i * POSITIONS);
    cr_assert_eq(lc_choice_predictor_batch(c, choices, N, latency, NULL, NULL, NULL), LC_OK);
    cr_assert_eq(lc_choice_predictor_batch(c, choices, N, again, low, high, NULL), LC_OK);
    for (int i = 0; i < N; i++) {
        lc_forecast f;
        cr_assert_eq(lc_choice_predictor_query(c, choices + (size_t)i * POSITIONS, &f, NULL),
                     LC_OK);
        cr_expect(near(latency[i], f.latency, 1e-12));
        cr_expect_eq(again[i], f.latency);
        cr_expect_eq(low[i], f.low);
        cr_expect_eq(high[i], f.high);
    }
    lc_choice_predictor_free(c);
    lc_predictor_free(p);
}

/* Random probabilities; `sharp` near 1 puts nearly all on one option. */
static void mix(const lc_space *space, const lc_choice_predictor *c, double sharp, uint64_t *seed,
                double *probability) {
    for (int i = 0; i < space->n_positions; i++) {
        size_t first = lc_choice_predictor_place(c, i), n = (size_t)space->n_options(i);
        double sum = 0;
        for (size_t o = 0; o < n; o++)
            sum += probability[first + o] = lc__rng_unit(seed);
        for (size_t o = 0; o < n; o++)
            probability[first + o] *= (1 - sharp) / sum;
        probability[first + lc__rng_below(seed, n)] += sharp;
    }
}

static double relaxed(const lc_choice_predictor *c, const double *probability) {
    double latency = 0;
    cr_assert_eq(lc_choice_predictor_relaxed(c, probability, &latency, NULL, NULL), LC_OK);
    return latency;
}

/* Moves a little probability from one option to the next, at every position. */
static void expect_gradient(const lc_space *space, const lc_choice_predictor *c,
                            double *probability) {
    double gradient[PLACES_MAX], latency, step = 1e-5;
    cr_assert_eq(lc_choice_predictor_relaxed(c, probability, &latency, gradient, NULL), LC_OK);
    cr_expect_eq(latency, relaxed(c, probability));
    for (int i = 0; i < space->n_positions; i++) {
        size_t a = lc_choice_predictor_place(c, i), b = lc_choice_predictor_place(c, i + 1) - 1;
        double old[2] = {probability[a], probability[b]};
        probability[a] = old[0] + step;
        probability[b] = old[1] - step;
        double up = relaxed(c, probability);
        probability[a] = old[0] - step;
        probability[b] = old[1] + step;
        double slope = (up - relaxed(c, probability)) / (2 * step);
        cr_expect(fabs(slope - (gradient[a] - gradient[b])) <= 1e-6 * latency,
                  "position %d: %g, by differences %g", i, gradient[a] - gradient[b], slope);
        probability[a] = old[0];
        probability[b] = old[1];
    }
}

static void expect_relaxation(const char *adapt_to, const char *name, int sources) {
    const lc_space *space = lc_space_find(name);
    lc_predictor *p = adapted(adapt_to, 15, sources);
    lc_choice_predictor *c = compiled(p, name);
    double probability[PLACES_MAX];
    uint64_t seed = 5;
    for (int k = 0; k < 5; k++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_forecast f;
        mix(space, c, k * 0.2, &seed, probability);
        expect_gradient(space, c, probability);
        lc_space_random(space, &seed, choices);
        memset(probability, 0, sizeof probability);
        for (int i = 0; i < space->n_positions; i++)
            probability[lc_choice_predictor_place(c, i) + (size_t)choices[i]] = 1;
        cr_assert_eq(lc_choice_predictor_query(c, choices, &f, NULL), LC_OK);
        cr_expect(near(relaxed(c, probability), f.latency, 1e-12));
    }
    lc_choice_predictor_free(c);
    lc_predictor_free(p);
}

Test(choice, relaxed_sums_have_their_gradient) {
    expect_relaxation("fbnet", "fbnet", 2);
}

/* Far outside, where the forecast leans on the rate: novelty has its part in the gradient. */
Test(choice, relaxed_sums_have_their_gradient_far_outside) {
    expect_relaxation("nasbench201", "fbnet", -1);
}

Test(choice, relaxed_tables_have_their_gradient) {
    expect_relaxation("nasbench201", "nasbench201", 2);
}

Test(choice, neighbours_are_queries_of_one_change) {
    const lc_space *space = lc_space_find("fbnet");
    lc_predictor *p = adapted("fbnet", 12, 2);
    lc_choice_predictor *c = compiled(p, "fbnet");
    int choices[LC_NET_MAX_CHOICES];
    double latency[PLACES_MAX];
    uint64_t seed = 7;
    lc_space_random(space, &seed, choices);
    cr_assert_eq(lc_choice_predictor_neighbours(c, choices, latency, NULL), LC_OK);
    for (int i = 0; i < space->n_positions; i += 7) {
        int own = choices[i];
        for (choices[i] = 0; choices[i] < space->n_options(i); choices[i]++) {
            lc_forecast f;
            cr_assert_eq(lc_choice_predictor_query(c, choices, &f, NULL), LC_OK);
            cr_expect_eq(latency[lc_choice_predictor_place(c, i) + (size_t)choices[i]], f.latency);
        }
        choices[i] = own;
    }
    lc_choice_predictor_free(c);
    lc_predictor_free(p);
}

Test(choice, bad_input_is_refused) {
    lc_predictor *p = adapted("fbnet", 6, 1);
    lc_choice_predictor *c = compiled(p, "fbnet");
    int choices[22] = {[7] = 9};
    double probability[PLACES_MAX] = {0}, latency[PLACES_MAX];
    lc_forecast f;
    lc_error err = {0};
    cr_expect_eq(lc_choice_predictor_query(c, choices, &f, &err), LC_EFORMAT);
    cr_expect_str_eq(err.message, "choice 7 of space fbnet must be in 0 .. 8, is 9");
    cr_expect_eq(lc_choice_predictor_batch(c, choices, 1, latency, NULL, NULL, &err), LC_EFORMAT);
    cr_expect_eq(lc_choice_predictor_neighbours(c, choices, latency, &err), LC_EFORMAT);
    cr_expect_eq(lc_choice_predictor_relaxed(c, probability, latency, NULL, &err), LC_EUSAGE);
    cr_expect(strstr(err.message, "position 0"), "%s", err.message);
    for (int i = 0; i < 22; i++)
        probability[lc_choice_predictor_place(c, i)] = 1;
    probability[lc_choice_predictor_place(c, 3)] = NAN;
    cr_expect_eq(lc_choice_predictor_relaxed(c, probability, latency, NULL, &err), LC_EUSAGE);
    cr_expect(strstr(err.message, "position 3"), "%s", err.message);
    lc_choice_predictor_free(c);
    lc_predictor_free(p);
}

static int five(int position) {
    (void)position;
    return 5;
}

/* NAS-Bench-201 in which a second vector of choices, without effect, makes too many nets. */
static lc_status build_wide(const int *choices, lc_net *net, lc_error *err) {
    return lc_space_find("nasbench201")->build(choices, net, err);
}

Test(choice, spaces_that_are_neither_sums_nor_small_are_refused) {
    lc_space wide = *lc_space_find("nasbench201");
    wide.n_positions = 12;
    wide.n_options = five;
    wide.build = build_wide;
    lc_predictor *p = adapted("nasbench201", 6, 1);
    lc_choice_predictor *c = NULL;
    lc_error err = {0};
    cr_expect_eq(lc_choice_predictor_new(p, &wide, &c, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "nasbench201") && strstr(err.message, "65536"), "%s",
              err.message);
    cr_expect_null(c);
    lc_predictor_free(p);
}
