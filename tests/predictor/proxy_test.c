/* One proxy device for a target: which is taken, and what adapting it is worth. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "base/rank.h"
#include "predictor/proxy.h"
#include "synthetic.h"

#define NETS 120
#define SHOTS 20

/* The nets that are asked about, the first SHOTS of them measured. */
typedef struct scene {
    lc_model *model;
    lc_net **nets;
    lc__point *points;
    size_t rows[NETS];
    double truth[NETS];
} scene;

static scene open_scene(void) {
    scene s = {.model = made_up_model(4, 80, false), .nets = random_nets("fbnet", NETS, 11)};
    s.points = calloc(NETS, sizeof *s.points);
    cr_assert_not_null(s.points);
    for (size_t i = 0; i < NETS; i++) {
        s.rows[i] = i;
        cr_assert_eq(lc__featurise(s.nets[i], &s.points[i], NULL), LC_OK);
    }
    return s;
}

static void close_scene(scene *s) {
    lc_model_free(s->model);
    free_nets(s->nets, NETS);
    free(s->points);
}

static lc__proxy make(const scene *s, size_t n, lc__proxy_fit how) {
    lc__proxy proxy;
    lc_error err = {0};
    cr_assert_eq(lc__proxy_make(s->model, s->points, s->rows, s->truth, n, how, &proxy, &err),
                 LC_OK, "%s", err.message);
    return proxy;
}

/* Rank correlation over the nets that were not measured. */
static double rank_of(const scene *s, const lc__proxy *proxy) {
    double forecast[NETS];
    for (size_t i = 0; i < NETS; i++) {
        forecast[i] = lc__proxy_latency(proxy, &s->points[i]);
        cr_assert(forecast[i] > 0 && isfinite(forecast[i]));
    }
    return lc__spearman(forecast + SHOTS, s->truth + SHOTS, NETS - SHOTS);
}

/* A target that is a pool device, three times as slow: that device is the proxy. */
Test(proxy, a_device_is_its_own_best_proxy) {
    scene s = open_scene();
    made_up_values(&(made_up){9e-2, 18e-2, 3 * 1000, 3e5}, s.nets, NETS, s.truth);
    for (int how = LC__PROXY_RAW; how <= LC__PROXY_ADAPTED; how++) {
        lc__proxy proxy = make(&s, SHOTS, (lc__proxy_fit)how);
        cr_expect_eq(proxy.source, 2u, "device%zu", proxy.source);
        cr_expect_gt(rank_of(&s, &proxy), 0.99);
        for (size_t i = SHOTS; i < NETS; i++)
            cr_expect(fabs(lc__proxy_latency(&proxy, &s.points[i]) / s.truth[i] - 1) < 0.03);
    }
    close_scene(&s);
}

/* Time in depthwise convolutions alone, as on a device without kernels for them. */
static double depthwise_macs(const lc_net *net) {
    double macs = 0;
    for (int i = 0; i < lc_net_size(net); i++) {
        const lc_node *node = lc_net_node(net, i);
        if (node->op.groups == node->shape.c && node->shape.c > 1)
            macs += lc_net_node_cost(net, i).macs;
    }
    return macs;
}

Test(proxy, a_slow_kind_of_operator_is_adapted_to) {
    scene s = open_scene();
    made_up_values(&(made_up){1e-2, 8e-2, 0, 1e5}, s.nets, NETS, s.truth);
    for (size_t i = 0; i < NETS; i++)
        s.truth[i] += 2 * depthwise_macs(s.nets[i]);
    lc__proxy raw = make(&s, SHOTS, LC__PROXY_RAW), adapted = make(&s, SHOTS, LC__PROXY_ADAPTED);
    double before = rank_of(&s, &raw), after = rank_of(&s, &adapted);
    cr_expect(after > before + 0.02 && after > 0.97, "%g, then %g", before, after);
    close_scene(&s);
}

/* With few shots the ranking stays the proxy's; with one there is still a scale. */
Test(proxy, few_shots) {
    scene s = open_scene();
    made_up_values(&(made_up){3e-2, 3e-2, 100, 1e5}, s.nets, NETS, s.truth);
    for (size_t n = 1; n <= 5; n++) {
        lc__proxy proxy = make(&s, n, LC__PROXY_ADAPTED);
        for (size_t p = 0; p < LC__PROXY_PARTS; p++)
            cr_expect(fabs(proxy.change[p]) <= 0, "with %zu shots", n);
        cr_expect_gt(rank_of(&s, &proxy), 0.8, "with %zu shots", n);
    }
    lc__proxy one = make(&s, 1, LC__PROXY_RAW);
    cr_expect(fabs(lc__proxy_latency(&one, &s.points[0]) / s.truth[0] - 1) < 1e-9);
    close_scene(&s);
}

/* The same latency for every net, and latencies far from 1: nothing overflows or divides by 0. */
Test(proxy, latencies_that_rank_nothing) {
    scene s = open_scene();
    for (int huge = 0; huge < 2; huge++) {
        for (size_t i = 0; i < NETS; i++)
            s.truth[i] = huge ? (i % 2 ? 1e300 : 1e-300) : 5e6;
        for (int how = LC__PROXY_RAW; how <= LC__PROXY_ADAPTED; how++) {
            lc__proxy proxy = make(&s, SHOTS, (lc__proxy_fit)how);
            cr_expect(isfinite(rank_of(&s, &proxy)));
        }
    }
    close_scene(&s);
}

Test(proxy, what_cannot_be_fitted) {
    scene s = open_scene();
    lc_model *bare = NULL;
    lc__proxy proxy;
    cr_assert_eq(lc_model_train(NULL, 0, NULL, 0, &bare, NULL), LC_OK);
    for (size_t i = 0; i < NETS; i++)
        s.truth[i] = 1;
    s.truth[1] = NAN;
    cr_expect_eq(lc__proxy_make(bare, s.points, s.rows, s.truth, 1, LC__PROXY_RAW, &proxy, NULL),
                 LC_EUSAGE);
    cr_expect_eq(lc__proxy_make(s.model, s.points, s.rows, s.truth, 0, LC__PROXY_RAW, &proxy, NULL),
                 LC_EUSAGE);
    cr_expect_eq(lc__proxy_make(s.model, s.points, s.rows, s.truth, 2, LC__PROXY_RAW, &proxy, NULL),
                 LC_EFORMAT);
    lc_model_free(bare);
    close_scene(&s);
}
