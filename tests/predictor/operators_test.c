#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/rank.h"
#include "base/rng.h"
#include "base/stats.h"
#include "latcast/choice.h"
#include "predictor/batch.h"
#include "synthetic.h"

static const made_up board = {2e-2, 3e-2, 700, 2e5};

enum { OPS = 20, NETS = 5, TRIED = 60 };

/* Samples of operators, then of nets, and other nets with the truth. */
typedef struct bench {
    lc_model *model;
    lc_net **ops, **nets; /* [OPS], [NETS + TRIED] */
    const lc_net *shot[OPS + NETS];
    lc_sample_kind kinds[OPS + NETS];
    double value[OPS + NETS], truth[NETS + TRIED];
} bench;

/* Node `index` of a net, alone. */
static lc_net *alone(const lc_net *net, int index) {
    const lc_node *node = lc_net_node(net, index);
    lc_net *one = lc_net_new("operator");
    int inputs[LC_OP_MAX_INPUTS];
    for (int i = 0; i < node->n_inputs; i++) {
        lc_op op = lc_op_init(LC_OP_INPUT);
        op.shape = lc_net_node(net, node->inputs[i])->shape;
        cr_assert_eq(lc_net_add(one, NULL, &op, NULL, 0, &inputs[i], NULL), LC_OK);
    }
    cr_assert_eq(lc_net_add(one, NULL, &node->op, inputs, node->n_inputs, NULL, NULL), LC_OK);
    return one;
}

static lc_net **random_operators(const char *space, size_t n, uint64_t seed) {
    lc_net **nets = random_nets(space, n, seed), **ops = calloc(n, sizeof(lc_net *));
    cr_assert(ops);
    for (size_t i = 0; i < n; i++) {
        int node = 0;
        while (lc_net_node(nets[i], node)->n_inputs == 0)
            node = (int)lc__rng_below(&seed, (uint64_t)lc_net_size(nets[i]));
        ops[i] = alone(nets[i], node);
    }
    free_nets(nets, n);
    return ops;
}

static void open_bench(bench *b, const char *operators_of, const char *nets_of) {
    b->model = made_up_model(0, 100, false);
    b->ops = random_operators(operators_of, OPS, 21);
    b->nets = random_nets(nets_of, NETS + TRIED, 22);
    made_up_values(&board, b->nets, NETS + TRIED, b->truth);
    for (size_t i = 0; i < OPS + NETS; i++) {
        bool op = i < OPS;
        b->kinds[i] = op ? LC_SAMPLE_OP : LC_SAMPLE_NET;
        b->shot[i] = op ? b->ops[i] : b->nets[i - OPS];
        b->value[i] = made_up_latency(&board, b->shot[i]);
        if (op) /* running anything alone takes less than running a net */
            b->value[i] -= 0.95 * board.fixed_ns;
    }
}

static void close_bench(bench *b) {
    lc_model_free(b->model);
    free_nets(b->ops, OPS);
    free_nets(b->nets, NETS + TRIED);
}

/* Adapts from samples first .. first + n - 1. */
static lc_predictor *adapt(const bench *b, size_t first, size_t n) {
    lc_shots shots = {b->shot + first, b->value + first, n, b->kinds + first};
    lc_predictor *p = NULL;
    lc_error err = {0};
    cr_assert_eq(lc_predictor_adapt(b->model, &shots, NULL, &p, &err), LC_OK, "%s", err.message);
    return p;
}

/* Rank correlation, median relative error and mean relative width over the nets to try. */
typedef struct score {
    double rank, error, width, covered;
} score;

static score try(const bench *b, lc_predictor *p) {
    double latency[TRIED], error[TRIED];
    score s = {0};
    const double *truth = b->truth + NETS;
    for (size_t i = 0; i < TRIED; i++) {
        lc_forecast f;
        cr_assert_eq(lc_predictor_query(p, b->nets[NETS + i], &f, NULL), LC_OK);
        cr_assert(0 < f.low && f.low <= f.latency && f.latency <= f.high && isfinite(f.high));
        latency[i] = f.latency;
        error[i] = fabs(f.latency / truth[i] - 1);
        s.width += (f.high - f.low) / f.latency / TRIED;
        s.covered += (f.low <= truth[i] && truth[i] <= f.high) / (double)TRIED;
    }
    s.rank = lc__spearman(latency, truth, TRIED);
    s.error = lc__median(error, TRIED);
    lc_predictor_free(p);
    return s;
}

/* `layers` linear layers of one width, one after the other. */
static lc_net *linear_net(int tokens, int width, int layers) {
    lc_net *net = lc_net_new("linear");
    lc_op input = lc_op_init(LC_OP_INPUT), linear = lc_op_init(LC_OP_LINEAR);
    int x;
    input.shape = (lc_shape){1, 1, tokens, width};
    linear.out_channels = width;
    cr_assert_eq(lc_net_add(net, NULL, &input, NULL, 0, &x, NULL), LC_OK);
    for (int i = 0; i < layers; i++)
        cr_assert_eq(lc_net_add(net, NULL, &linear, &x, 1, &x, NULL), LC_OK);
    return net;
}

/* Operators of transformers take from a fraction of a microsecond to tens of milliseconds; many
 * small ones must not make the large ones look like noise. */
Test(operators, that_differ_by_orders_of_magnitude_still_add_up) {
    enum { N = 14 };
    lc_net *ops[N], *net = linear_net(128, 3072, 4);
    double values[N];
    lc_sample_kind kinds[N];
    for (int i = 0; i < N; i++) {
        ops[i] = i + 1 < N ? linear_net(1 + i % 3, 8 + 8 * i, 1) : linear_net(128, 3072, 1);
        values[i] = 100 + 0.05 * lc_net_cost(ops[i]).macs;
        kinds[i] = LC_SAMPLE_OP;
    }
    lc_model *model = made_up_model(0, 100, false);
    lc_shots shots = {(const lc_net *const *)ops, values, N, kinds};
    lc_predictor *p = NULL;
    lc_forecast f;
    cr_assert_eq(lc_predictor_adapt(model, &shots, NULL, &p, NULL), LC_OK);
    cr_assert_eq(lc_predictor_query(p, net, &f, NULL), LC_OK);
    double factor = f.latency / (0.05 * lc_net_cost(net).macs);
    cr_expect(factor > 0.5 && factor < 2, "%g of the truth", factor);
    lc_predictor_free(p);
    lc_model_free(model);
    lc_net_free(net);
    for (int i = 0; i < N; i++)
        lc_net_free(ops[i]);
}

/* No net was measured: what the operators say ranks nets, and the interval owns up to the rest. */
Test(operators, alone_they_rank_nets) {
    bench b;
    open_bench(&b, "fbnet", "fbnet");
    score s = try(&b, adapt(&b, 0, OPS));
    cr_expect_gt(s.rank, 0.95, "%g", s.rank);
    cr_expect_gt(s.width, 0.5, "%g", s.width);
    cr_expect_gt(s.covered, 0.9, "%g", s.covered);
    close_bench(&b);
}

/* Nor is there a pool: as far as can be from what was seen, but not infinitely, which JSON cannot
 * say. */
Test(operators, alone_and_without_a_pool_distances_are_finite) {
    bench b;
    open_bench(&b, "fbnet", "fbnet");
    lc_model_free(b.model);
    cr_assert_eq(lc_model_train(NULL, 0, NULL, 0, &b.model, NULL), LC_OK);
    lc_predictor *p = adapt(&b, 0, OPS);
    lc_forecast f;
    cr_assert_eq(lc_predictor_query(p, b.nets[NETS], &f, NULL), LC_OK);
    cr_expect(f.out_of_range && isfinite(f.novelty), "%g", f.novelty);
    cr_expect(f.novelty >= LC_NOVELTY_FAR, "%g", f.novelty);
    lc_choice_predictor *c = NULL;
    lc_forecast g;
    int choices[LC_NET_MAX_CHOICES] = {0};
    cr_assert_eq(lc_choice_predictor_new(p, lc_space_find("fbnet"), &c, NULL), LC_OK);
    cr_assert_eq(lc_choice_predictor_query(c, choices, &g, NULL), LC_OK);
    cr_expect_float_eq(g.novelty, f.novelty, 1e-9);
    lc_choice_predictor_free(c);
    lc_predictor_free(p);
    close_bench(&b);
}

/* With a few nets the operators tell how nets differ and the nets the rest. */
Test(operators, they_help_a_few_nets) {
    bench b;
    open_bench(&b, "fbnet", "fbnet");
    score with = try(&b, adapt(&b, 0, OPS + NETS)), without = try(&b, adapt(&b, OPS, NETS));
    cr_expect_gt(with.rank, without.rank, "%g with, %g without", with.rank, without.rank);
    cr_expect_lt(with.error, 0.7 * without.error, "%g with, %g without", with.error, without.error);
    close_bench(&b);
}

/* Operators carry over from one space to another: what they do is what counts. */
Test(operators, those_of_one_space_help_nets_of_another) {
    bench b;
    open_bench(&b, "nasbench201", "fbnet");
    score with = try(&b, adapt(&b, 0, OPS + NETS)), without = try(&b, adapt(&b, OPS, NETS));
    cr_expect_lt(with.error, without.error, "%g with, %g without", with.error, without.error);
    close_bench(&b);
}

/* Operators that have nothing to do with the nets are found out by the nets. */
Test(operators, wrong_ones_do_not_hurt) {
    bench b;
    open_bench(&b, "fbnet", "fbnet");
    uint64_t seed = 3;
    for (size_t i = 0; i < OPS; i++)
        b.value[i] = 1e4 * exp(4 * lc__rng_unit(&seed));
    score with = try(&b, adapt(&b, 0, OPS + NETS)), without = try(&b, adapt(&b, OPS, NETS));
    cr_expect_lt(with.error, 1.25 * without.error + 0.005, "%g with, %g without", with.error,
                 without.error);
    close_bench(&b);
}

/* The nodes and the overhead make up the forecast here too. */
Test(operators, breakdown_sums_to_the_forecast) {
    bench b;
    open_bench(&b, "fbnet", "fbnet");
    for (size_t first = 0; first <= OPS; first += OPS) {
        lc_predictor *p = adapt(&b, 0, first ? OPS + NETS : OPS);
        const lc_net *net = b.nets[NETS];
        double *share = calloc((size_t)lc_net_size(net), sizeof *share), overhead, sum;
        lc_forecast f;
        cr_assert_eq(lc_predictor_query(p, net, &f, NULL), LC_OK);
        cr_assert_eq(lc_predictor_breakdown(p, net, share, &overhead, NULL), LC_OK);
        sum = overhead;
        for (int i = 0; i < lc_net_size(net); i++)
            sum += share[i];
        cr_expect_float_eq(sum / f.latency, 1, 1e-9);
        free(share);
        lc_predictor_free(p);
    }
    close_bench(&b);
}

/* Nets far from all that was seen are forecast by their operators, where these were measured: not
 * by their roofline. */
Test(operators, far_nets_are_forecast_by_their_operators) {
    static const made_up slow_bytes = {1e-3, 2e-1, 700, 2e5};
    bench b;
    lc_net *net = NULL;
    open_bench(&b, "fbnet", "fbnet");
    for (size_t i = 0; i < OPS + NETS; i++)
        b.value[i] = made_up_latency(&slow_bytes, b.shot[i]) - (i < OPS ? 1.9e5 : 0);
    cr_assert_eq(lc_zoo_net("mobilenet_v2", &net, NULL), LC_OK);
    double truth = made_up_latency(&slow_bytes, net), error[2];
    for (int with = 0; with < 2; with++) {
        lc_predictor *p = with ? adapt(&b, 0, OPS + NETS) : adapt(&b, OPS, NETS);
        lc_forecast f;
        cr_assert_eq(lc_predictor_query(p, net, &f, NULL), LC_OK);
        cr_expect(f.out_of_range);
        error[with] = fabs(log(f.latency / truth));
        lc_predictor_free(p);
    }
    cr_expect_lt(error[1], 0.3, "%g", error[1]);
    cr_expect_lt(error[1], error[0], "%g with, %g without", error[1], error[0]);
    lc_net_free(net);
    close_bench(&b);
}

/* Compiled spaces and tables of points give what queries give, with what operators say in it. */
Test(operators, every_way_to_ask_agrees) {
    bench b;
    open_bench(&b, "fbnet", "fbnet");
    for (size_t first = 0; first <= OPS - 10; first += OPS - 10) {
        lc_predictor *p = adapt(&b, first, OPS + (first ? NETS - first : 0));
        lc_choice_predictor *c = NULL;
        double *table = calloc(lc__model_embed_size(b.model), sizeof *table);
        cr_assert_eq(lc_choice_predictor_new(p, lc_space_find("fbnet"), &c, NULL), LC_OK);
        for (size_t i = 0; i < NETS + TRIED; i++) {
            int n;
            lc__point point;
            lc_forecast direct, compiled;
            double mean;
            cr_assert_eq(lc_predictor_query(p, b.nets[i], &direct, NULL), LC_OK);
            cr_assert_eq(
                lc_choice_predictor_query(c, lc_net_choices(b.nets[i], &n), &compiled, NULL),
                LC_OK);
            cr_assert_eq(lc__featurise(b.nets[i], &point, NULL), LC_OK);
            cr_assert_eq(lc__model_embed(b.model, &point, 1, table, NULL), LC_OK);
            lc__predictor_means(p, table, 1, &mean);
            cr_expect_float_eq(compiled.latency / direct.latency, 1, 1e-9);
            cr_expect_float_eq(compiled.high / direct.high, 1, 1e-6);
            cr_expect_float_eq(mean / direct.latency, 1, 1e-9);
        }
        free(table);
        lc_choice_predictor_free(c);
        lc_predictor_free(p);
    }
    close_bench(&b);
}

/* Not even a pool: a single operator is enough for some forecast, and for no nonsense. */
Test(operators, need_no_pool) {
    bench b;
    open_bench(&b, "fbnet", "fbnet");
    lc_model_free(b.model);
    cr_assert_eq(lc_model_train(NULL, 0, NULL, 0, &b.model, NULL), LC_OK);
    try(&b, adapt(&b, 0, 1));
    try(&b, adapt(&b, OPS - 1, 2));
    score s = try(&b, adapt(&b, 0, OPS));
    cr_expect_gt(s.rank, 0.9, "%g", s.rank);
    close_bench(&b);
}

Test(operators, bad_values_are_refused) {
    bench b;
    open_bench(&b, "fbnet", "fbnet");
    lc_error err = {0};
    lc_predictor *p = NULL;
    b.value[1] = -3;
    lc_shots shots = {b.shot, b.value, OPS + NETS, b.kinds};
    cr_expect_eq(lc_predictor_adapt(b.model, &shots, NULL, &p, &err), LC_EFORMAT);
    cr_expect_not_null(strstr(err.message, "operator sample 1 is -3"), "%s", err.message);
    close_bench(&b);
}
