/* The engine on nets of the hybrid space: every kind of layer in one net, and what it learns. */
#include <criterion/criterion.h>
#include "latcast/space.h"
#include "ops/build.h"
#include "toy.h"

/* Convolutions of one type, or an attention block for no type, between a stem and a head. */
static int block(lc__build *b, int x, lc_op_type type) {
    int y = x;
    if (type == LC_OP_ATTENTION) {
        lc_op op = lc_op_init(LC_OP_ATTENTION);
        op.heads = 2;
        y = lc__build_plain(b, "norm", LC_OP_LAYER_NORM, x);
        y = lc__build_op(b, "attention", &op, &y, 1);
    } else {
        y = lc__build_conv(
            b, "depthwise", x,
            (lc__conv){8, .kernel = 3, .groups = 8, .act = LC_ACT_RELU, .type = type});
        y = lc__build_conv(b, "project", y, (lc__conv){8, .type = type});
    }
    return lc__build_add(b, "add", x, y, LC_ACT_NONE);
}

static lc_net *net_of(const lc_op_type *types, int n) {
    lc_error err = {0};
    lc__build b = {.net = lc_net_new("hybrid"), .err = &err};
    int x = lc__build_input(&b, (lc_shape){1, TOY_SIZE, TOY_SIZE, TOY_CHANNELS});
    x = lc__build_conv(&b, "stem", x, (lc__conv){8, .kernel = 3, .act = LC_ACT_RELU});
    for (int i = 0; i < n; i++) {
        lc__build_scope(&b, "block%d.", i);
        x = block(&b, x, types[i]);
    }
    lc__build_scope(&b, "head.");
    x = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    x = lc__build_linear(&b, "classifier", x, TOY_CLASSES, LC_ACT_NONE);
    cr_assert_eq(b.status, LC_OK, "%s", err.message);
    cr_assert_eq(lc_net_set_output(b.net, x, NULL), LC_OK);
    return b.net;
}

/* Mean loss over the first and over the last 10 of so many steps. */
static void expect_to_learn(const lc_op_type *types, int n) {
    enum { STEPS = 80, ENDS = 10 };
    lc_net *net = net_of(types, n);
    lc__store *store = lc__store_new(4);
    lc__engine *engine = toy_engine(NULL);
    lc__trainee *trainee = toy_trainee(engine, store, net);
    const lc__optimiser sgd = lc__optimiser_init(LC__SGD);
    double first = 0, last = 0;
    for (int i = 0; i < STEPS; i++) {
        double loss = toy_step(trainee, store, &sgd, 0.02, (uint64_t)i);
        first += i < ENDS ? loss / ENDS : 0;
        last += i >= STEPS - ENDS ? loss / ENDS : 0;
    }
    cr_expect(last < 0.7 * first, "%s: loss went from %g to %g", lc_op_type_name(types[0]), first,
              last);
    lc__trainee_free(trainee);
    lc__engine_free(engine);
    lc__store_free(store);
    lc_net_free(net);
}

Test(hybrid, every_kind_of_block_learns) {
    static const lc_op_type types[] = {LC_OP_ADDER_CONV2D, LC_OP_SHIFT_CONV2D, LC_OP_ATTENTION};
    for (int i = 0; i < 3; i++)
        expect_to_learn(&types[i], 1);
    expect_to_learn(types, 3);
}

/* A member of the space, with the key of each option's weights its own. */
Test(hybrid, a_net_of_the_space_can_be_trained) {
    const lc_space *space = lc_space_find("nasa");
    const int choices[] = {8, 4, 12, 8, 0, 13, 4, 12, 8, 12, 13};
    lc_net *net = NULL;
    lc_error err = {0};
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, &err), LC_OK, "%s",
                 err.message);
    lc__store *store = lc__store_new(4);
    lc__engine *engine = toy_engine(NULL);
    lc__trainee *trainee = toy_trainee(engine, store, net);
    cr_expect_not_null(lc__store_find(store, "block0.expand/adder_k3e3"));
    cr_expect_not_null(lc__store_find(store, "block1.depthwise/shift_k3e3"));
    cr_expect_not_null(lc__store_find(store, "block10.attention/attention"));
    lc__trainee_free(trainee);
    lc__engine_free(engine);
    lc__store_free(store);
    lc_net_free(net);
}
