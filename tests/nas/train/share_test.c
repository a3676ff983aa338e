/* Weights that options of a position share. */
#include <criterion/criterion.h>
#include <string.h>
#include "latcast/space.h"
#include "toy.h"
#include "train/share.h"

/* nasa: choice 0 is conv_k3e3, 1 conv_k3e6, 3 conv_k5e6, 5 shift_k3e6, 9 adder_k3e6. */
static lc_net *net_of(int first) {
    const lc_space *space = lc_space_find("nasa");
    const int choices[11] = {first};
    lc_net *net = NULL;
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
    return net;
}

typedef struct rig {
    lc__share *share;
    lc__store *store;
} rig;

static rig begin(void) {
    rig r = {.store = lc__store_new(3)};
    cr_assert_eq(lc__share_new(lc_space_find("nasa"), &r.share, NULL), LC_OK);
    return r;
}

static void finish(rig *r) {
    lc__share_free(r->share);
    lc__store_free(r->store);
}

static void pull(rig *r, int first) {
    lc_net *net = net_of(first);
    cr_assert_eq(lc__share_pull(r->share, net, r->store, NULL), LC_OK);
    lc_net_free(net);
}

static lc__slot *slot(rig *r, const char *key) {
    lc__slot *s = lc__store_find(r->store, key);
    cr_assert_not_null(s, "%s", key);
    return s;
}

/* 16 channels in: widths 48 and 96. */
Test(share, narrower_options_are_the_first_channels_and_the_middle_of_the_kernel) {
    rig r = begin();
    pull(&r, 0);
    pull(&r, 3);
    const lc__slot *narrow = slot(&r, "block0.expand/conv_k3e3"),
                   *wide = slot(&r, "block0.expand/conv_k5e6");
    cr_assert_eq(narrow->n, 48 * 16);
    cr_assert_eq(wide->n, 96 * 16);
    cr_expect_arr_eq(narrow->value, wide->value, narrow->n * sizeof(float));
    narrow = slot(&r, "block0.project/conv_k3e3");
    wide = slot(&r, "block0.project/conv_k5e6");
    for (int o = 0; o < 16; o++)
        cr_expect_arr_eq(narrow->value + o * 48L, wide->value + o * 96L, 48 * sizeof(float));
    narrow = slot(&r, "block0.depthwise/conv_k3e3");
    wide = slot(&r, "block0.depthwise/conv_k5e6");
    for (int c = 0; c < 48; c++)
        for (int i = 0; i < 9; i++)
            cr_expect_eq(narrow->value[c * 9 + i],
                         wide->value[c * 25 + (i / 3 + 1) * 5 + i % 3 + 1]);
    finish(&r);
}

Test(share, shifts_take_those_of_convolutions_and_adders_their_own) {
    rig r = begin();
    pull(&r, 1);
    pull(&r, 5);
    pull(&r, 9);
    const lc__slot *conv = slot(&r, "block0.expand/conv_k3e6"),
                   *shift = slot(&r, "block0.expand/shift_k3e6"),
                   *adder = slot(&r, "block0.expand/adder_k3e6");
    cr_expect_arr_eq(conv->value, shift->value, conv->n * sizeof(float));
    cr_expect_arr_neq(conv->value, adder->value, conv->n * sizeof(float));
    cr_expect(adder->adaptive && !conv->adaptive);
    finish(&r);
}

/* The gradients of two paths add up in the place they share, frozen ones stay out, and the paths'
 * own slots are left for nobody to move. */
Test(share, gradients_go_back_to_where_the_weights_came_from) {
    rig r = begin();
    const int firsts[] = {0, 3};
    for (int k = 0; k < 2; k++) {
        pull(&r, firsts[k]);
        lc__slot *own = slot(&r, k ? "block0.expand/conv_k5e6" : "block0.expand/conv_k3e3");
        cr_assert_eq(lc__slot_reserve(own, 0, NULL), LC_OK);
        for (size_t i = 0; i < own->n; i++)
            own->gradient[i] = 1.0F;
        own->touched = true;
        lc_net *net = net_of(firsts[k]);
        cr_assert_eq(lc__share_push(r.share, net, r.store, NULL), LC_OK);
        lc_net_free(net);
        cr_expect_not(own->touched);
    }
    const lc__slot *shared = slot(&r, "block0.expand/products_dense");
    cr_expect(shared->touched);
    cr_expect_eq(shared->gradient[0], 2.0F);
    cr_expect_eq(shared->gradient[48 * 16], 1.0F);
    cr_expect_not(slot(&r, "block0.project/products_dense")->touched);
    finish(&r);
}

/* Every space that can be trained: what is pulled is of the sizes that the nets need. */
Test(share, nets_of_other_spaces_take_their_weights) {
    static const char *const names[] = {"fbnet", "nasbench201"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const lc_space *space = lc_space_find(names[i]);
        lc__share *share;
        lc__store *store = lc__store_new(1);
        lc__engine *engine = toy_engine(NULL);
        cr_assert_eq(lc__share_new(space, &share, NULL), LC_OK);
        uint64_t seed = 4;
        for (int k = 0; k < 5; k++) {
            int choices[LC_NET_MAX_CHOICES];
            lc_net *net;
            lc_error err = {0};
            lc_space_random(space, &seed, choices);
            cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
            cr_assert_eq(lc__share_pull(share, net, store, &err), LC_OK, "%s", err.message);
            lc__trainee_free(toy_trainee(engine, store, net));
            lc_net_free(net);
        }
        lc__engine_free(engine);
        lc__store_free(store);
        lc__share_free(share);
    }
}
