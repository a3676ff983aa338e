#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "latcast/space.h"
#include "predictor/point.h"

/* The net's feature of that name. */
static double feature(const lc__point *p, const char *name) {
    char buf[64];
    for (size_t i = 0; i < LC__FEATURES; i++)
        if (strcmp(lc__feature_name(i, buf, sizeof buf), name) == 0)
            return p->x[i];
    cr_assert_fail("no feature \"%s\"", name);
    return NAN;
}

/* input [1,8,8,4] -> 3x3 conv to 8 channels -> 1x1 conv to 8 -> sum of both; the ids start with
 * `prefix`. */
static lc_net *small_net(const char *prefix) {
    char id[4][16];
    lc_net *net = lc_net_new("small");
    const char *const names[] = {"x", "a", "b", "s"};
    for (int i = 0; i < 4; i++)
        snprintf(id[i], sizeof id[i], "%s%s", prefix, names[i]);
    lc_op input = lc_op_init(LC_OP_INPUT), dense = lc_op_init(LC_OP_CONV2D), add = dense;
    input.shape = (lc_shape){1, 8, 8, 4};
    dense.kernel_h = dense.kernel_w = 3;
    dense.pad_h = dense.pad_w = 1;
    dense.out_channels = 8;
    lc_op point = dense;
    point.kernel_h = point.kernel_w = 1;
    point.pad_h = point.pad_w = 0;
    add = lc_op_init(LC_OP_ADD);
    int x = 0, a = 1, ab[] = {1, 2};
    cr_assert_eq(lc_net_add(net, id[0], &input, NULL, 0, NULL, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, id[1], &dense, &x, 1, NULL, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, id[2], &point, &a, 1, NULL, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, id[3], &add, ab, 2, NULL, NULL), LC_OK);
    return net;
}

/* All by hand: 8x8 pixels, 4 and 8 channels. */
Test(features, small_net_by_hand) {
    lc_net *net = small_net("");
    lc__point p;
    cr_assert_eq(lc__featurise(net, &p, NULL), LC_OK);
    double dense = 64 * 8 * 4 * 9, point = 64 * 8 * 8, sum = 64 * 8;
    double dense_moved = 64 * 4 + 64 * 8, point_moved = 64 * 8 + 64 * 8, add_moved = 3 * 64 * 8;
    cr_expect_eq(feature(&p, "raw.dense.count"), 1);
    cr_expect_eq(feature(&p, "raw.dense.work"), dense);
    cr_expect_float_eq(feature(&p, "raw.dense.sqrt_work"), sqrt(dense), 1e-9);
    cr_expect_eq(feature(&p, "raw.dense.bytes"), 4 * dense_moved);
    cr_expect_eq(feature(&p, "raw.pointwise.work"), point);
    cr_expect_eq(feature(&p, "raw.elementwise.work"), sum);
    cr_expect_eq(feature(&p, "raw.weight_bytes"), 4 * (8 * 4 * 9 + 8 * 8));
    cr_expect_eq(feature(&p, "raw.depth"), 3);
    /* At balance 4 the dense convolution is bound by work, the others by what they move. */
    double roof = dense / 4 + (point_moved + 64) + add_moved;
    cr_expect_float_eq(feature(&p, "raw.roof_4"), roof, 1e-9);
    cr_expect_float_eq(feature(&p, "raw.path_4"), roof, 1e-9, "a chain is its longest path");
    /* 64 pixels = 2^6 lie on a knot. */
    cr_expect_eq(feature(&p, "raw.dense.64_pixels.count"), 1);
    cr_expect_eq(feature(&p, "raw.dense.16_pixels.count"), 0);
    cr_expect_eq(p.space, 0, "an explicit net is of no space");
    lc_net_free(net);
}

Test(features, names_do_not_matter) {
    lc_net *a = small_net(""), *b = small_net("other.");
    lc__point p, q;
    cr_assert_eq(lc__featurise(a, &p, NULL), LC_OK);
    cr_assert_eq(lc__featurise(b, &q, NULL), LC_OK);
    cr_expect_arr_eq(p.x, q.x, sizeof p.x);
    lc_net_free(a);
    lc_net_free(b);
}

static lc__point cell(const char *arch) {
    const lc_space *space = lc_space_find("nasbench201");
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net = NULL;
    lc__point p;
    cr_assert_eq(space->parse(arch, choices, NULL), LC_OK);
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
    cr_assert_eq(lc__featurise(net, &p, NULL), LC_OK);
    lc_net_free(net);
    return p;
}

/* The 3x3 convolution 0->1 is followed by `none` only: run by some frameworks, useless anyway. */
Test(features, dead_branches_count_as_raw_only) {
    lc__point p = cell("|nor_conv_3x3~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|");
    double fixed = 5; /* stem and two reduction blocks of two */
    cr_expect_eq(feature(&p, "raw.dense.count"), fixed + 15);
    cr_expect_eq(feature(&p, "live.dense.count"), fixed);
    cr_expect_eq(feature(&p, "raw.pointwise.count"), feature(&p, "live.pointwise.count"));
    cr_expect_neq(p.space, 0);
}

/* Two parallel branches: depth and path follow the longer one. */
Test(features, path_takes_the_longer_branch) {
    lc__point one = cell("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|");
    lc__point two = cell("|nor_conv_3x3~0|+|none~0|none~1|+|nor_conv_1x1~0|nor_conv_3x3~1|none~2|");
    double extra = feature(&two, "raw.depth") - feature(&one, "raw.depth");
    cr_expect_eq(extra, 15, "only the sum of the two branches lies on the path: %g", extra);
    cr_expect_gt(feature(&two, "raw.roof_16"), feature(&one, "raw.roof_16"));
}

/* A cell of `none` alone computes nothing, but is no stranger for that: stem, reductions and head
 * run. */
Test(features, dead_net_runs_like_any_other) {
    lc__point p = cell("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|");
    for (size_t i = 0; i < LC__FEATURES; i++)
        cr_assert(isfinite(p.x[i]) && p.x[i] >= 0);
    cr_expect_eq(feature(&p, "live.dense.count"), 5);
    cr_expect_eq(feature(&p, "live.depth"), feature(&p, "needed.depth"));
}

/* The activations before convolutions must not pass for sums: 30 convolutions with theirs, four
 * more in the reductions, where also the only two sums are. */
Test(features, activations_are_no_sums) {
    lc__point p = cell("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|");
    cr_expect_eq(feature(&p, "raw.activation.count"), 34);
    cr_expect_eq(feature(&p, "raw.elementwise.count"), 2);
}

/* A convolution that names int8 has costs of its own, in f32's worth; one that names nothing, or
 * f32, is as the device runs it. */
Test(features, narrow_operators_are_families_of_their_own) {
    lc_net *net = lc_net_new("mixed");
    lc_op input = lc_op_init(LC_OP_INPUT), conv = lc_op_init(LC_OP_CONV2D);
    int index = 0;
    lc__point p;
    input.shape = (lc_shape){1, 8, 8, 4};
    conv.kernel_h = conv.kernel_w = 3;
    conv.pad_h = conv.pad_w = 1;
    conv.out_channels = 4;
    cr_assert_eq(lc_net_add(net, NULL, &input, NULL, 0, NULL, NULL), LC_OK);
    for (int i = 0; i < 4; i++) { /* one of each: any, f32, bf16, int8 with weights two to a byte */
        conv.dtype = (lc_dtype[]){LC_DTYPE_ANY, LC_DTYPE_F32, LC_DTYPE_BF16, LC_DTYPE_INT8}[i];
        conv.weight_bits = conv.dtype == LC_DTYPE_INT8 ? 4 : 0;
        cr_assert_eq(lc_net_add(net, NULL, &conv, &index, 1, &index, NULL), LC_OK);
    }
    cr_assert_eq(lc__featurise(net, &p, NULL), LC_OK);
    double work = 64 * 4 * 4 * 9, moved = 2 * 64 * 4 * 4, weights = 4 * 4 * 4 * 9;
    cr_expect_eq(feature(&p, "raw.dense.count"), 2);
    cr_expect_eq(feature(&p, "raw.dense.work"), 2 * work);
    cr_expect_eq(feature(&p, "raw.narrow_dense.count"), 2);
    cr_expect_eq(feature(&p, "raw.narrow_dense.work"), work / 2 + work / 4);
    cr_expect_eq(feature(&p, "raw.narrow_dense.bytes"), moved / 2 + moved / 4);
    cr_expect_eq(feature(&p, "raw.weight_bytes"), 2 * weights + weights / 2 + weights / 8);
    lc_net_free(net);
}

/* Every feature is the sum of what the nodes contribute, paths included. */
Test(features, split_sums_to_the_whole) {
    const lc_space *space = lc_space_find("nasbench201");
    int choices[LC_NET_MAX_CHOICES];
    uint64_t seed = 9;
    static double slope[LC__FEATURES];
    for (size_t i = 0; i < LC__FEATURES; i++)
        slope[i] = 1 + (double)(i % 7);
    for (int t = 0; t < 20; t++) {
        lc_net *net = NULL;
        lc__point p;
        lc_space_random(space, &seed, choices);
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
        cr_assert_eq(lc__featurise(net, &p, NULL), LC_OK);
        size_t n = (size_t)lc_net_size(net);
        double *share = calloc(n, sizeof *share), whole = 0, sum = 0;
        cr_assert_eq(lc__feature_split(net, slope, share, NULL), LC_OK);
        for (size_t i = 0; i < LC__FEATURES; i++)
            whole += slope[i] * p.x[i];
        for (size_t i = 0; i < n; i++)
            sum += share[i];
        cr_expect_float_eq(sum / whole, 1, 1e-9);
        free(share);
        lc_net_free(net);
    }
}

Test(features, zoo_is_known_in_full) {
    for (const char *const *name = lc_zoo_names(); *name; name++) {
        lc_net *net = NULL;
        lc__point p;
        cr_assert_eq(lc_zoo_net(*name, &net, NULL), LC_OK);
        cr_assert_eq(lc__featurise(net, &p, NULL), LC_OK);
        cr_expect_gt(feature(&p, "live.depth"), 10, "%s", *name);
        lc_net_free(net);
    }
}

Test(features, empty_net_is_refused) {
    lc_net *net = lc_net_new("empty");
    lc_error err = {0};
    lc__point p;
    cr_expect_eq(lc__featurise(net, &p, &err), LC_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "0 nodes"));
    lc_net_free(net);
}
