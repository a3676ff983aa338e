/* The spaces and the zoo against what their papers and tables say of them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "latcast/space.h"

static lc_net *build(const char *space_name, const char *arch) {
    const lc_space *space = lc_space_find(space_name);
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net = NULL;
    lc_error err = {0};
    cr_assert_not_null(space);
    cr_assert_eq(space->parse(arch, choices, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, &err), LC_OK, "%s",
                 err.message);
    return net;
}

static lc_net *reread(const lc_net *net, bool explicit_form) {
    char *text = lc_net_to_json(net, explicit_form);
    lc_net *again = NULL;
    lc_error err = {0};
    cr_assert_not_null(text);
    cr_assert_eq(lc_net_parse(text, strlen(text), NULL, 0, &again, &err), LC_OK, "%s", err.message);
    free(text);
    return again;
}

Test(space, random_nets_survive_both_forms_and_their_arch) {
    uint64_t seed = 1;
    for (const lc_space *const *s = lc_spaces(); *s; s++) {
        for (int round = 0; round < 40; round++) {
            int choices[LC_NET_MAX_CHOICES], back[LC_NET_MAX_CHOICES];
            lc_net *net = NULL;
            lc_space_random(*s, &seed, choices);
            cr_assert_eq(lc_space_net(*s, choices, (*s)->n_positions, &net, NULL), LC_OK);
            cr_assert_eq((*s)->parse(lc_net_name(net), back, NULL), LC_OK);
            for (int i = 0; i < (*s)->n_positions; i++)
                cr_expect_eq(back[i], choices[i]);
            lc_net *compact = reread(net, false), *spelt = reread(net, true);
            cr_expect_eq(lc_net_digest(compact), lc_net_digest(net));
            cr_expect_eq(lc_net_digest(spelt), lc_net_digest(net));
            cr_expect_str_eq(lc_net_space(compact), (*s)->name);
            cr_expect_null(lc_net_space(spelt));
            cr_expect_str_eq(lc_net_name(spelt), lc_net_name(net));
            lc_net_free(compact);
            lc_net_free(spelt);
            lc_net_free(net);
        }
    }
}

Test(space, refuses_wrong_choices) {
    const lc_space *space = lc_space_find("nasbench201");
    lc_net *net;
    lc_error err;
    int choices[6] = {0, 0, 0, 0, 0, 5};
    cr_expect_eq(lc_space_net(space, choices, 6, &net, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "choice 5 of space nasbench201 must be in 0 .. 4, is 5"), "%s",
              err.message);
    choices[5] = -1;
    cr_expect_eq(lc_space_net(space, choices, 6, &net, &err), LC_EFORMAT);
    cr_expect_eq(lc_space_net(space, choices, 5, &net, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "has 6 choices, not 5"), "%s", err.message);
    cr_expect_null(lc_space_find("imaginary"));
}

Test(space, refuses_wrong_arch_strings) {
    static const struct {
        const char *space, *arch;
    } cases[] = {
        {"fbnet", ""},
        {"fbnet", "7-8-1-8-4-8-8-8-7-4-1-4-7-3-2-7-3-2-4-2-4"},     /* 21 */
        {"fbnet", "7-8-1-8-4-8-8-8-7-4-1-4-7-3-2-7-3-2-4-2-4-5-1"}, /* 23 */
        {"fbnet", "9-8-1-8-4-8-8-8-7-4-1-4-7-3-2-7-3-2-4-2-4-5"},   /* no choice 9 */
        {"fbnet", "7-8-1-8-4-8-8-8-7-4-1-4-7-3-2-7-3-2-4-2-4-5-"},
        {"fbnet", "7 8 1 8 4 8 8 8 7 4 1 4 7 3 2 7 3 2 4 2 4 5"},
        {"nasbench201", ""},
        {"nasbench201", "|none~0|+|none~0|none~1|+|none~0|none~1|"},
        {"nasbench201", "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|+"},
        {"nasbench201", "|none~0|+|none~0|none~0|+|none~0|none~1|none~2|"},
        {"ofa_mbv3", "k3e3"},
        {"ofa_mbv3", "skip:k3e3:k3e3:k3e3:k3e3:k3e3:k3e3:k3e3:k3e3:k3e3:k3e3:k3e3:k3e3:k3e3:k3e3:"
                     "k3e3:k3e3:k3e3:k3e3:k3e3"},
        {"hat", "512-640-3:3072-8:"},
        {"hat", "512,640"},
        {"hat", "512-640-7:3072-8"},
        {"flexibert", "3"},
        {"flexibert", "2:128-sa-2-256-1"},
        {"nasa", "skip:conv_k3e3:skip:skip:conv_k3e3:skip:skip:skip:conv_k3e3:skip"},
        {"nasa", "skip:skip:skip:skip:conv_k3e3:skip:skip:skip:conv_k3e3:skip:skip"},
        {"nasa", "attention:conv_k3e3:skip:skip:conv_k3e3:skip:skip:skip:conv_k3e3:skip:skip"},
        {"nasbench201", "|nor_conv_5x5~0|+|none~0|none~1|+|none~0|none~1|none~2|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_error err = {0};
        cr_expect_eq(lc_space_find(cases[i].space)->parse(cases[i].arch, choices, &err), LC_EFORMAT,
                     "case %zu", i);
        cr_expect(strstr(err.message, "expected"), "case %zu: %s", i, err.message);
    }
}

/* A short buffer is cut, not overrun. */
Test(space, format_respects_its_buffer) {
    for (const lc_space *const *s = lc_spaces(); *s; s++) {
        const int choices[LC_NET_MAX_CHOICES] = {0};
        char buf[12];
        memset(buf, 'x', sizeof buf);
        (*s)->format(choices, buf, 8);
        cr_expect_eq(strlen(buf), 7);
        cr_expect_eq(buf[8], 'x');
    }
}

/* Choices that repeat from a seed: plans and tests rely on it. */
Test(space, random_choices_repeat_and_cover) {
    const lc_space *space = lc_space_find("fbnet");
    uint64_t a = 3, b = 3;
    bool met[9] = {false};
    for (int round = 0; round < 20; round++) {
        int x[LC_NET_MAX_CHOICES], y[LC_NET_MAX_CHOICES];
        lc_space_random(space, &a, x);
        lc_space_random(space, &b, y);
        for (int i = 0; i < space->n_positions; i++) {
            cr_assert_eq(x[i], y[i]);
            cr_assert(x[i] >= 0 && x[i] < 9);
            met[x[i]] = true;
        }
    }
    for (int o = 0; o < 9; o++)
        cr_expect(met[o], "option %d (%s)", o, space->option_name(0, o));
}

static lc_shape shape_of(const lc_net *net, const char *id) {
    for (int i = 0; i < lc_net_size(net); i++)
        if (!strcmp(lc_net_node(net, i)->id, id))
            return lc_net_node(net, i)->shape;
    cr_assert(false, "no operator %s", id);
    return (lc_shape){0};
}

/* Positions' shapes as the block tables name them: stride 2 where 32, 64 and 184 begin. */
Test(fbnet, positions_have_the_published_shapes) {
    static const struct {
        const char *id;
        lc_shape shape;
    } expected[] = {
        {"stem", {1, 32, 32, 16}},           {"block0.project", {1, 32, 32, 16}},
        {"block4.project", {1, 32, 32, 24}}, {"block5.project", {1, 16, 16, 32}},
        {"block8.project", {1, 16, 16, 32}}, {"block9.project", {1, 8, 8, 64}},
        {"block13.project", {1, 8, 8, 112}}, {"block17.project", {1, 4, 4, 184}},
        {"block21.project", {1, 4, 4, 352}}, {"head.conv", {1, 4, 4, 1504}},
        {"head.classifier", {1, 1, 1, 100}},
    };
    lc_net *net = build("fbnet", "3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect(lc_shape_equal(shape_of(net, expected[i].id), expected[i].shape), "%s",
                  expected[i].id);
    lc_net_free(net);
}

/* Skip is nothing where the shape stays, and one convolution at the 6 positions where it changes:
 * input, stem, 6 convolutions, head of 3. */
Test(fbnet, skip_is_free_unless_the_shape_changes) {
    lc_net *net = build("fbnet", "8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8");
    cr_expect_eq(lc_net_size(net), 11);
    cr_expect(lc_shape_equal(shape_of(net, "block5.skip"), (lc_shape){1, 16, 16, 32}));
    lc_net_free(net);
}

/* Blocks 1 and 2 of a stage, expansion 6 and the grouped one: what their operators must cost. */
Test(fbnet, block_costs_by_hand) {
    lc_net *net = build("fbnet", "8-8-7-1-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8");
    static const struct {
        const char *id;
        double macs;
    } expected[] = {
        {"block2.expand", 1024.0 * 24 * 144},  {"block2.depthwise", 1024.0 * 144 * 25},
        {"block2.project", 1024.0 * 144 * 24}, {"block3.expand", 1024.0 * 24 * 12},
        {"block3.depthwise", 1024.0 * 24 * 9}, {"block3.project", 1024.0 * 24 * 12},
    };
    size_t met = 0;
    for (int i = 0; i < lc_net_size(net); i++)
        for (size_t k = 0; k < sizeof expected / sizeof *expected; k++)
            if (!strcmp(lc_net_node(net, i)->id, expected[k].id)) {
                cr_expect_eq(lc_net_node_cost(net, i).macs, expected[k].macs, "%s", expected[k].id);
                met++;
            }
    cr_expect_eq(met, sizeof expected / sizeof *expected);
    cr_expect_eq(shape_of(net, "block3.shuffle").c, 24);
    cr_expect_eq(shape_of(net, "block2.add").c, 24);
    lc_net_free(net);
}

/* The member nearest to MobileNetV3-Large (219 million multiply-accumulates and 5.4 million
 * weights, arXiv:1905.02244, table 3), whose expansions of 2.5 and 2.3 are 3 here: 5 million more.
 */
Test(ofa_mbv3, costs_as_mobilenet_v3) {
    lc_net *net = build("ofa_mbv3", "k3e4:k3e3:skip:skip:k5e3:k5e3:k5e3:skip:k3e6:k3e3:k3e3:k3e3:"
                                    "k3e6:k3e6:skip:skip:k5e6:k5e6:k5e6:skip");
    lc_cost cost = lc_net_cost(net);
    cr_expect(cost.macs > 219e6 && cost.macs < 225e6, "%g", cost.macs);
    cr_expect_float_eq(cost.weight_bytes / 4e6, 5.45, 0.1);
    cr_expect(lc_shape_equal(shape_of(net, "unit1.block0"), (lc_shape){1, 28, 28, 40}));
    cr_expect(lc_shape_equal(shape_of(net, "unit4.block2"), (lc_shape){1, 7, 7, 160}));
    lc_net_free(net);
}

/* Which of two equal blocks is left out makes no difference to what is computed. */
Test(ofa_mbv3, depth_is_how_many_blocks_there_are) {
    lc_net *a =
        build("ofa_mbv3", "k3e3:k3e3:k5e4:skip:k3e3:k3e3:skip:skip:k3e3:k3e3:skip:skip:k3e3:"
                          "k3e3:skip:skip:k3e3:k3e3:skip:skip");
    lc_net *b =
        build("ofa_mbv3", "k3e3:k3e3:skip:k5e4:k3e3:k3e3:skip:skip:k3e3:k3e3:skip:skip:k3e3:"
                          "k3e3:skip:skip:k3e3:k3e3:skip:skip");
    cr_expect_eq(lc_net_digest(a), lc_net_digest(b));
    lc_net_free(a);
    lc_net_free(b);
}

/* Choices for layers beyond the depth say nothing; heads cost softmaxes and no products. */
Test(hat, layers_by_hand) {
#define TAIL ":3072-8-8-3:3072-8-8-3:3072-8-8-3:3072-8-8-3"
    static const char *const archs[] = {
        "512-512-1:1024-4:1024-4:1024-4:1024-4:1024-4:1024-4:1024-4-4-1:3072-8-8-3" TAIL,
        "512-512-1:1024-4:1024-4:1024-4:1024-4:1024-4:1024-4:1024-4-4-1:1024-4-4-1" TAIL,
        "512-512-1:1024-8:1024-4:1024-4:1024-4:1024-4:1024-4:1024-4-4-1:3072-8-8-3" TAIL,
        "512-512-1:3072-4:1024-4:1024-4:1024-4:1024-4:1024-4:1024-4-4-1:3072-8-8-3" TAIL};
    double macs[4], adds[4];
    uint64_t digest[4];
    for (int i = 0; i < 4; i++) {
        lc_net *net = build("hat", archs[i]);
        lc_cost cost = lc_net_cost(net);
        macs[i] = cost.macs;
        adds[i] = cost.adds;
        digest[i] = lc_net_digest(net);
        lc_net_free(net);
    }
    cr_expect_eq(digest[1], digest[0]);
    cr_expect(macs[2] == macs[0] && adds[2] - adds[0] == 5.0 * 4 * 30 * 30);
    cr_expect_eq(macs[3] - macs[0], 30.0 * 2 * 512 * 2048);
}

/* A layer of each kind of heads, 12 of 64 channels in 768: what the kinds have in common, and what
 * each adds to it. */
Test(flexibert, kinds_of_heads_by_hand) {
    static const struct {
        const char *kind;
        double macs; /* of one head */
    } kinds[] = {{"sdp", 2.0 * 128 * 128 * 64},
                 {"wma", 2.0 * 128 * 128 * 64 + 128.0 * 64 * 64},
                 {"dft", 2.5 * 128 * 64 * (7 + 6)},
                 {"dct", 2.5 * 128 * 64 * (7 + 6)},
                 {"c5", 128.0 * 64 * (5 + 64 + 5 + 64 + 5)},
                 {"c13", 128.0 * 64 * (13 + 64 + 13 + 64 + 13)}};
    double common = 128.0 * 768 * (4 * 768 + 2 * 1024);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char arch[300] = "2";
        for (int l = 0; l < 12; l++)
            snprintf(arch + strlen(arch), sizeof arch - strlen(arch), ":768-%s-12-1024-1",
                     kinds[i].kind);
        lc_net *net = build("flexibert", arch);
        double expected = 2 * (common + 12 * kinds[i].macs) + 768 * 768 + 768 * 2;
        cr_expect_float_eq(lc_net_cost(net).macs, expected, 1, "%s: %g, not %g", kinds[i].kind,
                           lc_net_cost(net).macs, expected);
        lc_net_free(net);
    }
}

#define NASA_REST ":skip:skip:conv_k3e3:skip:skip:skip:conv_k3e3:skip:skip"

/* One block of each kind: the same operators, counted as what they are. */
Test(nasa, blocks_are_of_one_kind) {
    static const struct {
        const char *arch;
        lc_op_type type;
    } kinds[] = {{"skip:conv_k5e6" NASA_REST, LC_OP_CONV2D},
                 {"skip:shift_k5e6" NASA_REST, LC_OP_SHIFT_CONV2D},
                 {"skip:adder_k5e6" NASA_REST, LC_OP_ADDER_CONV2D}};
    double terms = 1024.0 * 16 * 96 + 256.0 * 96 * 25 + 256.0 * 96 * 24, macs[3], adds[3],
           shifts[3];
    for (size_t i = 0; i < 3; i++) {
        lc_net *net = build("nasa", kinds[i].arch);
        lc_cost cost = lc_net_cost(net);
        int block = 0;
        for (int k = 0; k < lc_net_size(net); k++) {
            const lc_node *node = lc_net_node(net, k);
            if (strncmp(node->id, "block1.", 7))
                continue;
            cr_expect_eq(node->op.type, kinds[i].type, "%s", node->id);
            block++;
        }
        cr_expect_eq(block, 3);
        cr_expect(lc_shape_equal(shape_of(net, "block1.project"), (lc_shape){1, 16, 16, 24}));
        macs[i] = cost.macs;
        adds[i] = cost.adds;
        shifts[i] = cost.shifts;
        lc_net_free(net);
    }
    cr_expect_eq(macs[0] - macs[1], terms);
    cr_expect_eq(macs[0] - macs[2], terms);
    cr_expect_eq(shifts[1], terms);
    cr_expect_eq(adds[2] - adds[0], 2 * terms);
}

/* Attention only where a map of 8 x 8 or less keeps its shape, and skip where any does. */
Test(nasa, options_follow_the_shapes) {
    static const int expected[] = {13, 12, 13, 13, 12, 14, 14, 14, 12, 14, 14};
    const lc_space *space = lc_space_find("nasa");
    cr_assert_eq(space->n_positions, 11);
    for (int p = 0; p < 11; p++)
        cr_expect_eq(space->n_options(p), expected[p], "position %d", p);
    cr_expect_str_eq(space->option_name(6, 12), "skip");
    cr_expect_str_eq(space->option_name(6, 13), "attention");
    cr_expect_null(space->option_name(0, 13));
    lc_net *net = build("nasa", "skip:adder_k3e3:skip:skip:shift_k3e3:skip:attention:skip:"
                                "conv_k3e3:skip:attention");
    cr_expect(lc_shape_equal(shape_of(net, "block6.attention"), (lc_shape){1, 8, 8, 48}));
    cr_expect(lc_shape_equal(shape_of(net, "block10.add"), (lc_shape){1, 4, 4, 64}));
    lc_net_free(net);
}

/* Small enough to be trained on two cores: 5 to 15 million terms in the middle of the space. */
Test(nasa, nets_are_small) {
    const lc_space *space = lc_space_find("nasa");
    uint64_t seed = 2;
    double sum = 0;
    enum { NETS = 100 };
    for (int i = 0; i < NETS; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_net *net = NULL;
        lc_space_random(space, &seed, choices);
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
        lc_cost cost = lc_net_cost(net);
        sum += (cost.macs + cost.adds / 2) / NETS;
        lc_net_free(net);
    }
    cr_expect(sum > 5e6 && sum < 15e6, "%g", sum);
}

/* The figure that the benchmark gives for the cell of six 3x3 convolutions: 220.12 million. */
Test(nasbench201, macs_of_the_largest_cell_as_published) {
    lc_net *net = build("nasbench201", "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+"
                                       "|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|");
    cr_expect_float_eq(lc_net_cost(net).macs / 1e6, 220.12, 0.01);
    lc_net_free(net);
}

static const struct {
    const char *arch;
    int needed_convs, live_convs; /* in the 15 cells, per cell */
    bool carries;                 /* the cells pass something on */
} cells[] = {
    /* 0->1->2 leads nowhere: 2->3 is none. Only 0->3 works. */
    {"|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|nor_conv_1x1~0|none~1|none~2|", 1, 1, true},
    /* node 1 is zero: its convolutions run but carry nothing */
    {"|none~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|none~0|nor_conv_1x1~1|nor_conv_1x1~2|", 4, 2, true},
    /* nothing is dead */
    {"|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+"
     "|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|",
     6, 6, true},
    /* no path from 0 to 3 */
    {"|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|", 1, 0, false},
    /* skips alone */
    {"|skip_connect~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|", 0, 0, true},
};

static int cell_convs(const lc_net *net, const bool *set) {
    int n = 0;
    for (int i = 0; i < lc_net_size(net); i++)
        n += set[i] && lc_net_node(net, i)->op.type == LC_OP_CONV2D &&
             strstr(lc_net_node(net, i)->id, "cell") != NULL;
    return n;
}

Test(nasbench201, dead_edges_of_known_cells) {
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        bool set[LC_NET_MAX_NODES];
        lc_net *net = build("nasbench201", cells[i].arch), *pruned = NULL;
        lc_net_needed(net, set);
        cr_expect_eq(cell_convs(net, set), 15 * cells[i].needed_convs, "cell %zu: %d needed", i,
                     cell_convs(net, set));
        lc_net_live(net, set);
        cr_expect_eq(cell_convs(net, set), 15 * cells[i].live_convs, "cell %zu: %d live", i,
                     cell_convs(net, set));
        cr_expect_eq(set[0], cells[i].carries, "cell %zu", i);
        cr_assert_eq(lc_net_prune(net, &pruned, NULL), LC_OK);
        lc_net_live(pruned, set);
        if (cells[i].carries)
            cr_expect_eq(cell_convs(pruned, set), 15 * cells[i].live_convs, "cell %zu", i);
        for (int k = 0; k < lc_net_size(pruned) && cells[i].carries; k++)
            cr_expect(set[k], "cell %zu: %s is dead", i, lc_net_node(pruned, k)->id);
        lc_net_free(pruned);
        lc_net_free(net);
    }
}

/* Multiply-accumulates and parameters (batch-norm folded) as the papers and model zoos give
 * them. */
Test(zoo, costs_as_published) {
    static const struct {
        const char *name;
        double mega_macs, mega_weights, tolerance;
    } expected[] = {
        {"mobilenet_v2", 300.8, 3.49, 0.01},
        {"resnet18", 1814, 11.68, 0.01},
        {"vit_tiny", 1247, 5.68, 0.01}, /* 1.26 G with the class token */
    };
    const char *const *names = lc_zoo_names();
    for (size_t i = 0; i < 3; i++) {
        lc_net *net = NULL;
        cr_assert_str_eq(names[i], expected[i].name);
        cr_assert_eq(lc_zoo_net(names[i], &net, NULL), LC_OK);
        lc_cost cost = lc_net_cost(net);
        cr_expect_float_eq(cost.macs / 1e6 / expected[i].mega_macs, 1, expected[i].tolerance);
        cr_expect_float_eq(cost.weight_bytes / 4e6 / expected[i].mega_weights, 1,
                           expected[i].tolerance);
        lc_shape out = lc_net_node(net, lc_net_output(net))->shape;
        cr_expect(lc_shape_equal(out, (lc_shape){1, 1, 1, 1000}));
        lc_net *again = reread(net, true);
        cr_expect_eq(lc_net_digest(again), lc_net_digest(net));
        lc_net_free(again);
        lc_net_free(net);
    }
    cr_expect_null(names[3]);
}

/* What CIFAR-10 needs: all 53 layers, the channels as they are. */
Test(zoo, mobilenet_v2_for_small_images) {
    static const char *const wrong[] = {"mobilenet_v2:32",    "mobilenet_v2:8:10",
                                        "mobilenet_v2:32:1",  "mobilenet_v2:32:10:3",
                                        "mobilenet_v2:-32:9", "resnet18:32:10"};
    lc_net *net = NULL, *usual = NULL;
    lc_error err;
    int layers = 0;
    cr_assert_eq(lc_zoo_net("mobilenet_v2:32:10", &net, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_zoo_net("mobilenet_v2", &usual, NULL), LC_OK);
    cr_assert_eq(lc_net_size(net), lc_net_size(usual));
    for (int i = 0; i < lc_net_size(net); i++) {
        const lc_node *node = lc_net_node(net, i);
        layers += node->op.type == LC_OP_CONV2D || node->op.type == LC_OP_LINEAR;
        if (i != lc_net_output(net))
            cr_expect_eq(node->shape.c, lc_net_node(usual, i)->shape.c);
    }
    cr_expect_eq(layers, 53);
    cr_expect(lc_shape_equal(lc_net_node(net, lc_net_output(net))->shape, (lc_shape){1, 1, 1, 10}));
    cr_expect_float_eq(lc_net_cost(net).macs / 1e6, 24, 2);
    lc_net_free(net);
    lc_net_free(usual);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_expect_eq(lc_zoo_net(wrong[i], &net, &err), LC_EUNSUPPORTED, "%s", wrong[i]);
        cr_expect(strstr(err.message, "mobilenet_v2:SIDE:CLASSES"), "%s", err.message);
    }
}

Test(zoo, unknown_names_are_answered_with_the_list) {
    lc_net *net;
    lc_error err;
    cr_expect_eq(lc_zoo_net("resnet50", &net, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "did you mean \"resnet18\"?"), "%s", err.message);
    cr_expect(strstr(err.message, "mobilenet_v2, resnet18, vit_tiny"), "%s", err.message);
}
