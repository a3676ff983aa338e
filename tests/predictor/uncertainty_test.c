#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "synthetic.h"

static const made_up board = {2e-2, 3e-2, 700, 2e5};

enum { NETS = 30 };

static lc_predictor *adapt(const lc_model *model, lc_net *const *nets, const double *values,
                           size_t n, double reading, double repeatability) {
    lc_shots shots = {(const lc_net *const *)nets, values, n, NULL};
    lc_adapt_options options = {.reading = reading, .repeatability = repeatability};
    lc_predictor *p = NULL;
    lc_error err = {0};
    cr_assert_eq(lc_predictor_adapt(model, &shots, &options, &p, &err), LC_OK, "%s", err.message);
    return p;
}

/* Asks, and holds what is always true of the parts. */
static lc_uncertainty ask(const lc_predictor *p, const lc_net *net) {
    lc_uncertainty u;
    lc_forecast f;
    cr_assert_eq(lc_predictor_uncertainty(p, net, &u, NULL), LC_OK);
    cr_assert_eq(lc_predictor_query(p, net, &f, NULL), LC_OK);
    cr_expect(isfinite(u.deviation) && u.deviation > 0);
    cr_expect(u.noise >= 0 && u.samples >= 0 && u.unlike >= 0 && u.occasion >= 0);
    cr_expect_float_eq(u.noise + u.samples + u.unlike + u.occasion, 1, 1e-9);
    cr_expect_gt(f.high / f.low, exp(u.deviation), "an interval is wider than a deviation");
    return u;
}

/* Values of a device with a relative scatter of standard deviation `noise` (uniform): of readings
 * or of nets, for one reading each tells not. */
static void read_device(lc_net *const *nets, double noise, double *values) {
    uint64_t seed = 5;
    made_up_values(&board, nets, NETS, values);
    for (size_t i = 0; i < NETS; i++)
        values[i] *= 1 + noise * sqrt(3) * (2 * lc__rng_unit(&seed) - 1);
}

typedef struct bench {
    lc_model *model;
    lc_net **nets;
    double values[NETS];
} bench;

static void open_bench(bench *b, double noise) {
    b->model = made_up_model(0, 200, false);
    b->nets = random_nets("fbnet", NETS, 31);
    read_device(b->nets, noise, b->values);
}

static void close_bench(bench *b) {
    lc_model_free(b->model);
    free_nets(b->nets, NETS);
}

/* Readings that scatter by 5 %, and are known to. */
Test(uncertainty, noise_of_readings) {
    bench b;
    open_bench(&b, 0.05);
    lc_predictor *p = adapt(b.model, b.nets, b.values, 28, 0.05, 0);
    lc_uncertainty u = ask(p, b.nets[29]);
    cr_expect_gt(u.noise, 0.5, "%g", u.noise);
    cr_expect_null(u.family);
    lc_predictor_free(p);
    close_bench(&b);
}

/* The same scatter where readings are known to repeat: it is the nets that differ in what no
 * feature tells. */
Test(uncertainty, nets_unlike_what_any_feature_tells) {
    bench b;
    open_bench(&b, 0.05);
    lc_predictor *p = adapt(b.model, b.nets, b.values, 28, 0.002, 0);
    lc_uncertainty u = ask(p, b.nets[29]);
    cr_expect_gt(u.unlike, 0.5, "%g", u.unlike);
    lc_predictor_free(p);
    close_bench(&b);
}

/* Three samples of a device without noise; with more of them this part of the variance falls. */
Test(uncertainty, few_samples) {
    bench b;
    open_bench(&b, 0);
    lc_predictor *few = adapt(b.model, b.nets, b.values, 3, 0.01, 0);
    lc_predictor *more = adapt(b.model, b.nets, b.values, 28, 0.01, 0);
    lc_uncertainty u = ask(few, b.nets[29]), v = ask(more, b.nets[29]);
    cr_expect_gt(u.samples, 0.4, "%g", u.samples);
    cr_expect(u.samples > u.noise && u.samples > u.unlike, "%g %g", u.noise, u.unlike);
    cr_expect_lt(v.samples * v.deviation * v.deviation,
                 0.1 * u.samples * u.deviation * u.deviation);
    lc_predictor_free(few);
    lc_predictor_free(more);
    close_bench(&b);
}

/* A device that may be 10 % slower tomorrow. */
Test(uncertainty, another_occasion) {
    bench b;
    open_bench(&b, 0);
    lc_predictor *p = adapt(b.model, b.nets, b.values, 28, 0, 0.1);
    lc_uncertainty u = ask(p, b.nets[29]);
    cr_expect_gt(u.occasion, 0.8, "%g", u.occasion);
    cr_expect_float_eq(u.deviation, 0.1, 0.02);
    lc_predictor_free(p);
    close_bench(&b);
}

/* Far outside of what was seen, nothing else matters. */
Test(uncertainty, a_net_unlike_any_seen) {
    bench b;
    open_bench(&b, 0.02);
    lc_predictor *p = adapt(b.model, b.nets, b.values, 28, 0.02, 0.03);
    lc_net *net = NULL;
    cr_assert_eq(lc_zoo_net("resnet18", &net, NULL), LC_OK);
    lc_uncertainty u = ask(p, net);
    cr_expect_gt(u.unlike, 0.9, "%g", u.unlike);
    lc_net_free(net);
    lc_predictor_free(p);
    close_bench(&b);
}

/* A copy of a net with one more operator at its end. */
static lc_net *with_operator(const lc_net *net, lc_op_type type) {
    lc_net *more = lc_net_clone(net);
    lc_op op = lc_op_init(type);
    int last = lc_net_output(net), index = 0;
    op.heads = type == LC_OP_ATTENTION ? 4 : op.heads;
    cr_assert(more);
    cr_assert_eq(lc_net_add(more, NULL, &op, &last, 1, &index, NULL), LC_OK);
    cr_assert_eq(lc_net_set_output(more, index, NULL), LC_OK);
    return more;
}

/* Operators of a family that nobody measured: out of range and wider, named, and some time is
 * allowed for them, but the rest of the net is forecast as before. */
Test(uncertainty, families_that_nobody_measured) {
    static const struct {
        lc_op_type type;
        const char *family;
    } cases[] = {{LC_OP_ATTENTION, "attention"}, {LC_OP_SOFTMAX, "norm"}};
    bench b;
    open_bench(&b, 0.02);
    lc_predictor *p = adapt(b.model, b.nets, b.values, 20, 0.02, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_net *net = with_operator(b.nets[29], cases[i].type);
        lc_forecast f, g;
        lc_uncertainty u = ask(p, net);
        cr_assert_eq(lc_predictor_query(p, b.nets[29], &f, NULL), LC_OK);
        cr_assert_eq(lc_predictor_query(p, net, &g, NULL), LC_OK);
        cr_expect_str_eq(u.family, cases[i].family);
        cr_expect(g.out_of_range && g.latency > f.latency && g.high - g.low > f.high - f.low);
        cr_expect_lt(g.latency, 1.5 * f.latency, "%g for %g", g.latency, f.latency);

        double *share = calloc((size_t)lc_net_size(net), sizeof *share), overhead, sum;
        cr_assert_eq(lc_predictor_breakdown(p, net, share, &overhead, NULL), LC_OK);
        sum = overhead;
        for (int k = 0; k < lc_net_size(net); k++)
            sum += share[k];
        cr_expect_float_eq(sum / g.latency, 1, 1e-9);
        if (cases[i].type == LC_OP_ATTENTION)
            cr_expect_gt(share[lc_net_size(net) - 1], 0, "the operator has its share");
        free(share);
        lc_net_free(net);
    }
    lc_predictor_free(p);
    close_bench(&b);
}

/* One sample of the operator, and its family is known. */
Test(uncertainty, a_measured_operator_is_not_strange) {
    bench b;
    open_bench(&b, 0);
    lc_net *one = lc_net_new("softmax"), *net = with_operator(b.nets[29], LC_OP_SOFTMAX);
    lc_op in = lc_op_init(LC_OP_INPUT), op = lc_op_init(LC_OP_SOFTMAX);
    int input = 0;
    in.shape = (lc_shape){1, 1, 1, 100};
    cr_assert_eq(lc_net_add(one, NULL, &in, NULL, 0, &input, NULL), LC_OK);
    cr_assert_eq(lc_net_add(one, NULL, &op, &input, 1, NULL, NULL), LC_OK);
    const lc_net *nets[NETS];
    double values[NETS];
    lc_sample_kind kinds[NETS] = {[20] = LC_SAMPLE_OP};
    memcpy(nets, b.nets, sizeof nets);
    memcpy(values, b.values, sizeof values);
    nets[20] = one;
    values[20] = 1e3;
    lc_shots shots = {nets, values, 21, kinds};
    lc_predictor *p = NULL;
    cr_assert_eq(lc_predictor_adapt(b.model, &shots, NULL, &p, NULL), LC_OK);
    cr_expect_null(ask(p, net).family);
    lc_predictor_free(p);
    lc_net_free(one);
    lc_net_free(net);
    close_bench(&b);
}

/* A net at another resolution of its input. */
static lc_net *resized(const lc_net *net, const char *from, const char *to) {
    char *json = lc_net_to_json(net, true), *at = strstr(json, from), text[1 << 15];
    lc_net *out = NULL;
    cr_assert(at && strlen(json) + strlen(to) < sizeof text);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - json), json, to, at + strlen(from));
    cr_assert_eq(lc_net_parse(text, strlen(text), NULL, 0, &out, NULL), LC_OK);
    free(json);
    return out;
}

/* The flag: not for the pool's own space, but for the same nets at twice the resolution and for
 * nets of another space. */
Test(uncertainty, out_of_range_is_flagged) {
    bench b;
    size_t own = 0, larger = 0, other = 0;
    open_bench(&b, 0);
    lc_net **cells = random_nets("nasbench201", NETS, 32);
    lc_predictor *p = adapt(b.model, b.nets, b.values, 20, 0.01, 0);
    for (size_t i = 20; i < NETS; i++) {
        lc_net *large = resized(b.nets[i], "[1,32,32,3]", "[1,64,64,3]");
        lc_forecast f;
        cr_assert_eq(lc_predictor_query(p, b.nets[i], &f, NULL), LC_OK);
        own += f.out_of_range;
        cr_assert_eq(lc_predictor_query(p, large, &f, NULL), LC_OK);
        larger += f.out_of_range;
        cr_assert_eq(lc_predictor_query(p, cells[i], &f, NULL), LC_OK);
        other += f.out_of_range;
        lc_net_free(large);
    }
    cr_expect_leq(own, 1);
    cr_expect_eq(larger, NETS - 20);
    cr_expect_eq(other, NETS - 20);
    lc_predictor_free(p);
    free_nets(cells, NETS);
    close_bench(&b);
}

/* An operator and a net whose values lie so far apart that squares overflow. */
Test(uncertainty, absurd_samples_leave_parts_finite) {
    bench b;
    open_bench(&b, 0);
    lc_sample_kind kinds[] = {LC_SAMPLE_OP, LC_SAMPLE_NET};
    double values[] = {1e80, 1e-210};
    lc_shots shots = {(const lc_net *const *)b.nets, values, 2, kinds};
    lc_predictor *p = NULL;
    cr_assert_eq(lc_predictor_adapt(b.model, &shots, NULL, &p, NULL), LC_OK);
    for (size_t i = 0; i < NETS; i++) {
        lc_uncertainty u;
        cr_assert_eq(lc_predictor_uncertainty(p, b.nets[i], &u, NULL), LC_OK);
        cr_expect(isfinite(u.deviation) && u.deviation > 0, "%g", u.deviation);
        cr_expect_float_eq(u.noise + u.samples + u.unlike + u.occasion, 1, 1e-9);
    }
    lc_predictor_free(p);
    close_bench(&b);
}
