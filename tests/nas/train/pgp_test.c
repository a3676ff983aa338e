/* The schedule of progressive pretraining on the hybrid space, and on one that is not. */
#include <criterion/criterion.h>
#include <string.h>

#include "train/pgp.h"

/* Which kinds of options 200 paths of an epoch hold. */
static unsigned met_kinds(const lc__pgp *pgp, int epoch, const lc_space *space) {
    lc__pgp_stage stage = lc__pgp_at(pgp, epoch);
    uint64_t seed = 9;
    unsigned met = 0;
    for (int round = 0; round < 200; round++) {
        int choices[LC_NET_MAX_CHOICES];
        lc__pgp_sample(&stage, space, &seed, choices);
        for (int p = 0; p < space->n_positions; p++) {
            cr_assert(choices[p] >= 0 && choices[p] < space->n_options(p));
            met |= 1U << lc__option_kind_of(space, p, choices[p]);
        }
    }
    return met;
}

Test(pgp, adders_wait_for_the_second_stage) {
    const lc_space *space = lc_space_find("nasa");
    const unsigned all = (1U << LC__OPTION_KINDS) - 1, adder = 1U << LC__OPTION_ADDER;
    lc__pgp pgp = lc__pgp_plan(31);
    cr_expect(pgp.conv == 10 && pgp.adder == 10 && pgp.mixture == 11);
    cr_expect_eq(met_kinds(&pgp, 0, space), all & ~adder);
    cr_expect_eq(met_kinds(&pgp, 9, space), all & ~adder);
    cr_expect_eq(met_kinds(&pgp, 10, space), all);
    cr_expect_eq(met_kinds(&pgp, 30, space), all);
    cr_expect_str_eq(lc__pgp_at(&pgp, 19).name, "adder");
    cr_expect_str_eq(lc__pgp_at(&pgp, 20).name, "mixture");
    cr_expect_gt(lc__pgp_at(&pgp, 10).rate, lc__pgp_at(&pgp, 9).rate);
}

Test(pgp, plain_pretraining_is_one_stage) {
    lc__pgp plain = lc__pgp_plain(12), pgp = lc__pgp_plan(12);
    cr_expect_str_eq(lc__pgp_at(&plain, 0).name, "mixture");
    cr_expect_eq(lc__pgp_at(&plain, 0).frozen, 0);
    cr_expect_eq(lc__pgp_at(&plain, 0).rate, lc__pgp_at(&pgp, 11).rate);
}

/* Frozen: what was trained before, in the second stage alone; stem and head never. */
Test(pgp, freezes_what_is_trained_already) {
    const lc_space *space = lc_space_find("nasa");
    lc__pgp pgp = lc__pgp_plan(30);
    static const struct {
        int option;
        bool frozen;
    } cases[] = {{0, true}, {4, true}, {8, false}, {11, false}, {13, true}};
    lc__pgp_stage adder = lc__pgp_at(&pgp, 15), mixture = lc__pgp_at(&pgp, 25);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_eq(lc__pgp_freezes(&adder, space, 6, cases[i].option), cases[i].frozen, "%s",
                     space->option_name(6, cases[i].option));
        cr_expect_not(lc__pgp_freezes(&mixture, space, 6, cases[i].option));
    }
    cr_expect_not(lc__pgp_freezes(&adder, space, -1, 0));
}

/* A space of convolutions alone has nothing to wait for: all its options in every stage. */
Test(pgp, other_spaces_sample_all) {
    const lc_space *space = lc_space_find("fbnet");
    lc__pgp pgp = lc__pgp_plan(9);
    lc__pgp_stage only_adders = {"adders", 1U << LC__OPTION_ADDER, 0, 1};
    uint64_t seed = 4;
    int choices[LC_NET_MAX_CHOICES];
    cr_expect_eq(met_kinds(&pgp, 0, space), 1U << LC__OPTION_CONV | 1U << LC__OPTION_SKIP);
    lc__pgp_sample(&only_adders, space, &seed, choices);
    for (int p = 0; p < space->n_positions; p++)
        cr_expect(choices[p] >= 0 && choices[p] < space->n_options(p));
}

static int find(const lc_net *net, const char *id) {
    for (int i = 0; i < lc_net_size(net); i++)
        if (!strcmp(lc_net_node(net, i)->id, id))
            return i;
    cr_assert(false, "no operator %s", id);
    return -1;
}

/* Blocks that end in a sum begin as the identity; where the shape changes they must pass data on.
 */
Test(pgp, scales_that_start_at_zero) {
    const lc_space *space = lc_space_find("nasa");
    int choices[LC_NET_MAX_CHOICES] = {8, 0, 4, 12, 0, 13, 8, 12, 0, 12, 12};
    lc_net *net = NULL;
    lc_error err = {0};
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, &err), LC_OK, "%s",
                 err.message);
    cr_expect(lc__pgp_starts_at_zero(net, find(net, "block0.project")));
    cr_expect(lc__pgp_starts_at_zero(net, find(net, "block2.project")));
    cr_expect_not(lc__pgp_starts_at_zero(net, find(net, "block0.expand")));
    cr_expect_not(lc__pgp_starts_at_zero(net, find(net, "block1.project")));
    cr_expect_not(lc__pgp_starts_at_zero(net, find(net, "block4.project")));
    cr_expect_not(lc__pgp_starts_at_zero(net, find(net, "block8.project")));
    cr_expect_not(lc__pgp_starts_at_zero(net, find(net, "stem")));
    cr_expect_not(lc__pgp_starts_at_zero(net, find(net, "head.conv")));
    lc_net_free(net);
}

/* All edges of a cell may be convolutions: had they begun at 0, nothing would come out of it. */
Test(pgp, cells_do_not_start_at_zero) {
    const lc_space *space = lc_space_find("nasbench201");
    const int choices[] = {2, 3, 1, 2, 3, 2};
    lc_net *net = NULL;
    lc_error err = {0};
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, &err), LC_OK, "%s",
                 err.message);
    for (int i = 0; i < lc_net_size(net); i++)
        cr_expect_not(lc__pgp_starts_at_zero(net, i), "%s", lc_net_node(net, i)->id);
    lc_net_free(net);
}
