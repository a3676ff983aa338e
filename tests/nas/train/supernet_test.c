/* Many nets, one store. */
#include <criterion/criterion.h>
#include <string.h>
#include "latcast/space.h"
#include "toy.h"
#include "train/positions.h"

static lc_net *net_of(const char *space, const int *choices) {
    const lc_space *s = lc_space_find(space);
    lc_net *net = NULL;
    cr_assert_eq(lc_space_net(s, choices, s->n_positions, &net, NULL), LC_OK);
    return net;
}

static int find(const lc_net *net, const char *id) {
    for (int i = 0; i < lc_net_size(net); i++)
        if (strcmp(lc_net_node(net, i)->id, id) == 0)
            return i;
    cr_assert(false, "no node %s", id);
    return -1;
}

static void expect_key(const lc_net *net, const char *id, const char *key) {
    char text[LC__KEY_MAX];
    lc__node_key(net, find(net, id), text, sizeof text);
    cr_expect_str_eq(text, key);
}

/* Options of a position have weights of their own; what belongs to none is shared by all nets. */
Test(supernet, weights_go_by_position_and_option) {
    int choices[22] = {8, 3, 8, 6};
    lc_net *net = net_of("fbnet", choices);
    expect_key(net, "block1.expand", "block1.expand/k3_e6");
    expect_key(net, "block3.depthwise", "block3.depthwise/k5_e3");
    expect_key(net, "stem", "stem");
    expect_key(net, "head.conv", "head.conv");
    lc_net_free(net);
    net = net_of("nasbench201", (const int[]){3, 1, 1, 1, 2, 1});
    expect_key(net, "stage0.cell2.0-1", "stage0.cell2.0-1/nor_conv_3x3");
    expect_key(net, "stage2.cell4.1-3", "stage2.cell4.1-3/nor_conv_1x1");
    expect_key(net, "reduction1.conv_a", "reduction1.conv_a");
    lc_net_free(net);
    net = toy_path(true);
    expect_key(net, "stem", "stem");
    lc_net_free(net);
}

/* A skipped position has the output of the one before it, the first one that of the stem. */
Test(supernet, outputs_of_positions) {
    int choices[22] = {8, 3, 8, 6}, nodes[22];
    lc_net *net = net_of("fbnet", choices);
    lc__position_outputs(net, 22, nodes);
    cr_expect_eq(nodes[0], find(net, "stem"));
    cr_expect_eq(nodes[1], find(net, "block1.project"));
    cr_expect_eq(nodes[2], nodes[1]);
    cr_expect_eq(nodes[3], find(net, "block3.add"));
    cr_expect_eq(nodes[21], find(net, "block21.project"));
    lc_net_free(net);
}

/* A path leaves the weights of the other alone, and what both share goes on. */
Test(supernet, paths_touch_their_own_weights) {
    lc__engine *engine = toy_engine(NULL);
    lc__store *store = lc__store_new(2);
    lc__optimiser sgd = lc__optimiser_init(LC__SGD);
    toy_path_step(engine, store, &sgd, false, 1);
    cr_expect_null(lc__store_find(store, "depthwise"));
    toy_path_step(engine, store, &sgd, true, 2);
    const lc__slot *dense = lc__store_find(store, "dense");
    float before = dense->value[0];
    toy_path_step(engine, store, &sgd, true, 3);
    cr_expect_eq(dense->updates, 1);
    cr_expect_eq(dense->value[0], before);
    cr_expect_eq(lc__store_find(store, "depthwise")->updates, 2);
    cr_expect_eq(lc__store_find(store, "stem")->updates, 3);
    lc__store_free(store);
    lc__engine_free(engine);
}

/* What a slot begins as follows from seed and name alone: a supernet resumed before a path was
 * first taken draws the same for it. */
Test(supernet, first_weights_do_not_depend_on_the_order) {
    lc__store *stores[3];
    for (int i = 0; i < 3; i++) {
        lc__engine *engine = toy_engine(NULL);
        stores[i] = lc__store_new(i < 2 ? 4 : 5);
        for (int k = 0; k < 2; k++) {
            lc_net *net = toy_path((i + k) % 2 == 0);
            lc__trainee_free(toy_trainee(engine, stores[i], net));
            lc_net_free(net);
        }
        lc__engine_free(engine);
    }
    const lc__slot *slots[3];
    for (int i = 0; i < 3; i++)
        slots[i] = lc__store_find(stores[i], "dense");
    cr_expect_arr_eq(slots[0]->value, slots[1]->value, slots[0]->n * sizeof(float));
    cr_expect_arr_neq(slots[0]->value, slots[2]->value, slots[0]->n * sizeof(float));
    for (int i = 0; i < 3; i++)
        lc__store_free(stores[i]);
}
