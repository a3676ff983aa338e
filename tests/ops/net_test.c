/* Nets as graphs: what is added is checked, what matters is found, and equal nets digest alike. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "latcast/space.h"

static int add(lc_net *net, lc_op_type type, const int *inputs, int n_inputs) {
    lc_op op = lc_op_init(type);
    int index = -1;
    lc_error err = {0};
    if (type == LC_OP_INPUT)
        op.shape = (lc_shape){1, 8, 8, 4};
    if (type == LC_OP_CONV2D)
        op.out_channels = 4;
    if (type == LC_OP_ACTIVATION)
        op.act = LC_ACT_RELU;
    cr_assert_eq(lc_net_add(net, NULL, &op, inputs, n_inputs, &index, &err), LC_OK, "%s",
                 err.message);
    return index;
}

static int add1(lc_net *net, lc_op_type type, int x) {
    return add(net, type, &x, 1);
}

static int add2(lc_net *net, lc_op_type type, int x, int y) {
    return add(net, type, (const int[]){x, y}, 2);
}

/* "1" and "0" per node. */
static char *flags(const lc_net *net, void (*find)(const lc_net *, bool *), char *buf) {
    bool set[LC_NET_MAX_NODES];
    find(net, set);
    int n = lc_net_size(net);
    for (int i = 0; i < n; i++)
        buf[i] = set[i] ? '1' : '0';
    buf[n] = '\0';
    return buf;
}

/* 0 input, 1 conv, 2 zero of 1, 3 conv of 2, 4 = add(0, 3), 5 relu of 1 (read by nobody), 6 conv
 * of 4, the output. */
static lc_net *net_with_dead_edges(void) {
    lc_net *net = lc_net_new("dead");
    int x = add(net, LC_OP_INPUT, NULL, 0);
    int conv = add1(net, LC_OP_CONV2D, x);
    int dead = add1(net, LC_OP_CONV2D, add1(net, LC_OP_ZERO, conv));
    int sum = add2(net, LC_OP_ADD, x, dead);
    add1(net, LC_OP_ACTIVATION, conv);
    add1(net, LC_OP_CONV2D, sum);
    return net;
}

Test(net, finds_needed_and_live_nodes) {
    lc_net *net = net_with_dead_edges();
    char buf[16];
    cr_expect_str_eq(flags(net, lc_net_needed, buf), "1111101");
    cr_expect_str_eq(flags(net, lc_net_live, buf), "1000101");
    lc_net_free(net);
}

Test(net, output_that_carries_nothing_is_live_alone) {
    lc_net *net = lc_net_new("zero");
    int x = add(net, LC_OP_INPUT, NULL, 0);
    add1(net, LC_OP_CONV2D, add1(net, LC_OP_ZERO, x));
    char buf[16];
    cr_expect_str_eq(flags(net, lc_net_live, buf), "001");
    lc_net *pruned = NULL;
    cr_assert_eq(lc_net_prune(net, &pruned, NULL), LC_OK);
    cr_expect_eq(lc_net_size(pruned), 3); /* its shape still needs them */
    lc_net_free(pruned);
    lc_net_free(net);
}

Test(net, prune_drops_dead_nodes_and_lone_adds) {
    lc_net *net = net_with_dead_edges(), *pruned = NULL;
    cr_assert_eq(lc_net_prune(net, &pruned, NULL), LC_OK);
    cr_assert_eq(lc_net_size(pruned), 2);
    cr_expect_eq(lc_net_node(pruned, 0)->op.type, LC_OP_INPUT);
    cr_expect_eq(lc_net_node(pruned, 1)->op.type, LC_OP_CONV2D);
    cr_expect_eq(lc_net_output(pruned), 1);
    lc_net_free(pruned);
    lc_net_free(net);
}

/* A sum's own activation outlives the sum. */
Test(net, prune_keeps_the_activation_of_a_lone_add) {
    lc_net *net = lc_net_new("act"), *pruned = NULL;
    int x = add(net, LC_OP_INPUT, NULL, 0);
    lc_op sum = lc_op_init(LC_OP_ADD);
    sum.act = LC_ACT_RELU6;
    const int inputs[2] = {x, add1(net, LC_OP_ZERO, x)};
    cr_assert_eq(lc_net_add(net, "sum", &sum, inputs, 2, NULL, NULL), LC_OK);
    cr_assert_eq(lc_net_prune(net, &pruned, NULL), LC_OK);
    cr_assert_eq(lc_net_size(pruned), 2);
    cr_expect_eq(lc_net_node(pruned, 1)->op.type, LC_OP_ACTIVATION);
    cr_expect_eq(lc_net_node(pruned, 1)->op.act, LC_ACT_RELU6);
    cr_expect_str_eq(lc_net_node(pruned, 1)->id, "sum");
    lc_net_free(pruned);
    lc_net_free(net);
}

/* Zeros in a concatenation hold their channels' place. */
Test(net, prune_keeps_zeros_that_a_concat_needs) {
    lc_net *net = lc_net_new("concat"), *pruned = NULL;
    int x = add(net, LC_OP_INPUT, NULL, 0);
    add2(net, LC_OP_CONCAT, x, add1(net, LC_OP_ZERO, x));
    cr_assert_eq(lc_net_prune(net, &pruned, NULL), LC_OK);
    cr_expect_eq(lc_net_size(pruned), 3);
    cr_expect_eq(lc_net_node(pruned, lc_net_output(pruned))->shape.c, 8);
    lc_net_free(pruned);
    lc_net_free(net);
}

Test(net, refuses_bad_nodes_and_stays_as_it_was) {
    lc_net *net = lc_net_new("bad");
    int x = add(net, LC_OP_INPUT, NULL, 0);
    lc_op relu = lc_op_init(LC_OP_ACTIVATION);
    relu.act = LC_ACT_RELU;
    char long_id[200];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    lc_error err;
    cr_assert_eq(lc_net_add(net, "a", &relu, &x, 1, NULL, NULL), LC_OK);
    cr_expect_eq(lc_net_add(net, "a", &relu, &x, 1, NULL, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "\"a\" is taken"), "%s", err.message);
    cr_expect_eq(lc_net_add(net, "", &relu, &x, 1, NULL, NULL), LC_EFORMAT);
    cr_expect_eq(lc_net_add(net, long_id, &relu, &x, 1, NULL, NULL), LC_EFORMAT);
    cr_expect_eq(lc_net_add(net, "b", &relu, (const int[]){2}, 1, NULL, NULL), LC_EFORMAT);
    cr_expect_eq(lc_net_add(net, "b", &relu, (const int[]){-1}, 1, NULL, NULL), LC_EFORMAT);
    cr_expect_eq(lc_net_add(net, "b", &relu, NULL, 99, NULL, NULL), LC_EFORMAT);
    cr_expect_eq(lc_net_set_output(net, 2, NULL), LC_EFORMAT);
    cr_expect_eq(lc_net_set_origin(net, "fbnet", NULL, LC_NET_MAX_CHOICES + 1, NULL), LC_EFORMAT);
    cr_expect_eq(lc_net_size(net), 2);
    cr_expect_eq(lc_net_output(net), 1);
    lc_net_free(net);
}

/* Half a composite would be worse than none. */
Test(net, composites_are_added_whole_or_not_at_all) {
    lc_net *net = lc_net_new("parts");
    lc_op input = lc_op_init(LC_OP_INPUT), op = lc_op_init(LC_OP_FEED_FORWARD);
    int x, y = -1;
    char long_id[127];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0'; /* "<id>.up" is too long */
    input.shape = (lc_shape){1, 1, 4, 8};
    op.hidden = 16;
    cr_assert_eq(lc_net_add(net, NULL, &input, NULL, 0, &x, NULL), LC_OK);
    cr_expect_eq(lc_net_add(net, long_id, &op, &x, 1, &y, NULL), LC_EFORMAT);
    cr_expect(lc_net_size(net) == 1 && lc_net_output(net) == x && y == -1);
    cr_expect_eq(lc_net_add(net, NULL, &op, &x, 1, &y, NULL), LC_OK);
    cr_expect(lc_net_size(net) == 3 && lc_net_output(net) == y && y == 2);
    cr_expect_str_eq(lc_net_node(net, 1)->id, "n1.up");
    cr_expect_str_eq(lc_net_node(net, 2)->id, "n1");
    lc_net_free(net);
}

Test(net, holds_its_limit_of_nodes_and_no_more) {
    lc_net *net = lc_net_new("many");
    int x = add(net, LC_OP_INPUT, NULL, 0);
    const lc_node *first = lc_net_node(net, x);
    while (lc_net_size(net) < LC_NET_MAX_NODES)
        x = add1(net, LC_OP_ACTIVATION, x);
    lc_op op = lc_net_node(net, x)->op;
    cr_expect_eq(lc_net_add(net, NULL, &op, &x, 1, NULL, NULL), LC_EFORMAT);
    cr_expect_eq(lc_net_node(net, 0), first); /* growing moves no node */
    char buf[LC_NET_MAX_NODES + 1];
    cr_expect_null(strchr(flags(net, lc_net_live, buf), '0'));
    cr_expect_neq(lc_net_digest(net), 0);
    lc_net_free(net);
}

/* Made-up ids step aside for given ones. */
Test(net, made_up_ids_are_free_ones) {
    lc_net *net = lc_net_new("ids");
    lc_op input = lc_op_init(LC_OP_INPUT);
    input.shape = (lc_shape){1, 1, 1, 1};
    cr_assert_eq(lc_net_add(net, "n1", &input, NULL, 0, NULL, NULL), LC_OK);
    int index = add1(net, LC_OP_ACTIVATION, 0);
    cr_expect_str_eq(lc_net_node(net, index)->id, "n2");
    lc_net_free(net);
}

Test(net, clone_is_equal_and_independent) {
    lc_net *net = net_with_dead_edges();
    cr_assert_eq(lc_net_set_output(net, 4, NULL), LC_OK);
    lc_net *copy = lc_net_clone(net);
    uint64_t digest = lc_net_digest(net);
    lc_net_free(net);
    cr_assert_not_null(copy);
    cr_expect_eq(lc_net_digest(copy), digest);
    cr_expect_eq(lc_net_size(copy), 7);
    cr_expect_str_eq(lc_net_name(copy), "dead");
    add1(copy, LC_OP_ACTIVATION, 4);
    cr_expect_eq(lc_net_output(copy), 4); /* chosen once, it stays */
    lc_net_free(copy);
}

static uint64_t digest_of(lc_op op, const char *name) {
    lc_net *net = lc_net_new(name);
    int x = add(net, LC_OP_INPUT, NULL, 0);
    cr_assert_eq(lc_net_add(net, name, &op, &x, 1, NULL, NULL), LC_OK);
    uint64_t digest = lc_net_digest(net);
    lc_net_free(net);
    return digest;
}

Test(net, digest_sees_every_attribute_and_no_name) {
    lc_op base = lc_op_init(LC_OP_CONV2D);
    base.kernel_h = base.kernel_w = 3;
    base.pad_h = base.pad_w = 1;
    base.out_channels = 4;
    enum { VARIANTS = 14 };
    lc_op variants[VARIANTS];
    for (size_t i = 0; i < VARIANTS; i++)
        variants[i] = base;
    variants[1].kernel_h = 1;
    variants[2].kernel_w = 1;
    variants[3].stride_h = 2;
    variants[4].pad_w = 0;
    variants[5].groups = 2;
    variants[6].out_channels = 8;
    variants[7].bias = false;
    variants[8].act = LC_ACT_RELU;
    variants[9].type = LC_OP_ADDER_CONV2D;
    for (size_t i = 10; i < VARIANTS; i++)
        variants[i].dtype = LC_DTYPE_INT8;
    variants[11].weight_bits = 4;
    variants[12].act_bits = 4;
    variants[13].dtype = LC_DTYPE_F32;
    for (size_t i = 0; i < VARIANTS; i++) {
        cr_expect_eq(digest_of(variants[i], "a"), digest_of(variants[i], "b"));
        for (size_t j = 0; j < i; j++)
            cr_expect_neq(digest_of(variants[i], "a"), digest_of(variants[j], "a"), "%zu %zu", i,
                          j);
    }
}

/* Neither the order of listing nor what the output does not need is part of the measurement. */
Test(net, digest_ignores_listing_order_and_unneeded_nodes) {
    lc_net *a = lc_net_new("a"), *b = lc_net_new("b"), *c = lc_net_new("c");
    int x = add(a, LC_OP_INPUT, NULL, 0);
    int conv = add1(a, LC_OP_CONV2D, x), relu = add1(a, LC_OP_ACTIVATION, x);
    add2(a, LC_OP_ADD, conv, relu);
    x = add(b, LC_OP_INPUT, NULL, 0);
    relu = add1(b, LC_OP_ACTIVATION, x), conv = add1(b, LC_OP_CONV2D, x);
    add1(b, LC_OP_SOFTMAX, conv);
    add2(b, LC_OP_ADD, conv, relu);
    cr_expect_eq(lc_net_digest(a), lc_net_digest(b));
    x = add(c, LC_OP_INPUT, NULL, 0);
    conv = add1(c, LC_OP_CONV2D, x), relu = add1(c, LC_OP_ACTIVATION, conv);
    add2(c, LC_OP_ADD, conv, relu);
    cr_expect_neq(lc_net_digest(a), lc_net_digest(c)); /* other edges */
    lc_net_free(a);
    lc_net_free(b);
    lc_net_free(c);
}

/* Digests name samples that are kept for years; this one must never change. */
Test(net, digest_is_the_same_for_ever) {
    lc_net *net = net_with_dead_edges();
    cr_expect_eq(lc_net_digest(net), UINT64_C(0x4e91c7a964e70817), "%#lx",
                 (unsigned long)lc_net_digest(net));
    lc_net_free(net);
}

Test(net, an_empty_net_is_harmless) {
    lc_net *net = lc_net_new(NULL), *pruned;
    cr_expect_str_eq(lc_net_name(net), "");
    cr_expect_eq(lc_net_output(net), -1);
    cr_expect_null(lc_net_node(net, 0));
    cr_expect_null(lc_net_space(net));
    cr_expect_eq(lc_net_cost(net).macs, 0);
    cr_expect_eq(lc_net_prune(net, &pruned, NULL), LC_EFORMAT);
    lc_net_digest(net);
    lc_net_free(net);
    lc_net_free(NULL);
}

/* Every input and so every node takes N; a net of a space is no member of it any more. */
Test(net, with_batch_changes_every_shape_and_nothing_else) {
    lc_net *net = NULL, *batched = NULL, *back = NULL;
    const char *text = "{\"schema_version\":1,\"space\":\"nasbench201\",\"choices\":[3,1,0,2,4,3]}";
    cr_assert_eq(lc_net_parse(text, strlen(text), NULL, 0, &net, NULL), LC_OK);
    cr_assert_eq(lc_net_with_batch(net, 4, &batched, NULL), LC_OK);
    cr_assert_eq(lc_net_size(batched), lc_net_size(net));
    for (int i = 0; i < lc_net_size(net); i++)
        cr_expect_eq(lc_net_node(batched, i)->shape.n, 4);
    cr_expect_eq(lc_net_cost(batched).macs, 4 * lc_net_cost(net).macs);
    cr_expect_null(lc_net_space(batched));
    cr_assert_eq(lc_net_with_batch(batched, 1, &back, NULL), LC_OK);
    cr_expect_eq(lc_net_digest(back), lc_net_digest(net));
    lc_net_free(net);
    lc_net_free(batched);
    lc_net_free(back);
}

Test(net, a_batch_that_does_not_fit_is_refused_by_node) {
    lc_net *net = lc_net_new("wide"), *batched = NULL;
    lc_op input = lc_op_init(LC_OP_INPUT);
    lc_error err = {0};
    input.shape = (lc_shape){1, 1024, 1024, 64};
    cr_assert_eq(lc_net_add(net, "image", &input, NULL, 0, NULL, NULL), LC_OK);
    cr_assert_eq(lc_net_with_batch(net, 32, &batched, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "\"wide\" in a batch of 32: node image"), "%s", err.message);
    lc_net_free(net);
}
