/* Nets taken apart into operators, operators drawn, and spaces swept. */
#include <criterion/criterion.h>
#include <string.h>

#include "latcast/space.h"
#include "ops/cover.h"
#include "ops/spaces/sweep.h"

enum { NAMES = 4096 };

/* Every operator met, to tell whether equal names mean equal digests. */
typedef struct met {
    char name[NAMES][160];
    uint64_t digest[NAMES];
    int n;
} met;

static met seen;

static void meet(const lc_net *one) {
    uint64_t digest = lc_net_digest(one);
    for (int i = 0; i < seen.n; i++)
        cr_expect_eq(!strcmp(seen.name[i], lc_net_name(one)), seen.digest[i] == digest, "%s and %s",
                     seen.name[i], lc_net_name(one));
    cr_assert_lt(seen.n, NAMES);
    cr_assert_lt(strlen(lc_net_name(one)), sizeof seen.name[0]);
    memcpy(seen.name[seen.n], lc_net_name(one), strlen(lc_net_name(one)) + 1);
    seen.digest[seen.n++] = digest;
}

/* A name must say all that an operator computes: tables are keyed by it. */
Test(operator, names_tell_operators_apart_and_nothing_else) {
    uint64_t seed = 3;
    for (const lc_space *const *s = lc_spaces(); *s; s++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_net *net, *one;
        lc_space_random(*s, &seed, choices);
        cr_assert_eq(lc_space_net(*s, choices, (*s)->n_positions, &net, NULL), LC_OK);
        for (int i = 0; i < lc_net_size(net); i++) {
            if (lc_net_node(net, i)->n_inputs == 0)
                continue;
            cr_assert_eq(lc_net_operator(net, i, &one, NULL), LC_OK);
            meet(one);
            lc_net_free(one);
        }
        lc_net_free(net);
    }
    for (int k = 0; k < LC__COVER_KINDS; k++) {
        for (int i = 0; i < 30; i++) {
            double x[LC__COVER_DIMS];
            lc_net *one;
            cr_assert_eq(lc__cover_draw((lc__cover_kind)k, 2e8, &seed, &one, x, NULL), LC_OK);
            meet(one);
            lc_net_free(one);
        }
    }
}

Test(operator, alone_costs_what_it_costs_in_the_net) {
    int choices[22] = {7, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3};
    lc_net *net, *one;
    cr_assert_eq(lc_space_net(lc_space_find("fbnet"), choices, 22, &net, NULL), LC_OK);
    for (int i = 1; i < lc_net_size(net); i++) {
        cr_assert_eq(lc_net_operator(net, i, &one, NULL), LC_OK);
        lc_cost alone = lc_net_cost(one), there = lc_net_node_cost(net, i);
        cr_expect_eq(memcmp(&alone, &there, sizeof alone), 0, "%s", lc_net_name(one));
        lc_net_free(one);
    }
    lc_error err;
    cr_expect_eq(lc_net_operator(net, 0, &one, &err), LC_EUSAGE);
    lc_net_free(net);
}

/* What a coverage plan promises: no operator is too large, of every kind there are enough. */
Test(cover, draws_of_every_kind_keep_the_limit) {
    uint64_t seed = 9;
    for (int k = 0; k < LC__COVER_KINDS; k++) {
        for (int i = 0; i < 50; i++) {
            double x[LC__COVER_DIMS];
            lc_net *one;
            cr_assert_eq(lc__cover_draw((lc__cover_kind)k, 1e6, &seed, &one, x, NULL), LC_OK, "%s",
                         lc__cover_name((lc__cover_kind)k));
            lc_cost cost = lc_net_cost(one);
            cr_expect_leq(cost.macs + cost.adds + cost.shifts, 1e6);
            lc_net_free(one);
        }
    }
}

Test(cover, says_when_nothing_is_that_small) {
    uint64_t seed = 9;
    double x[LC__COVER_DIMS];
    lc_net *one;
    lc_error err;
    cr_expect_eq(lc__cover_draw(LC__COVER_ATTENTION, 1, &seed, &one, x, &err), LC_EINFEASIBLE);
    cr_expect(strstr(err.message, "attention") != NULL, "%s", err.message);
}

static int base[22];

static lc_status visit(void *ctx, int position, int option, const lc_net *net, lc_error *err) {
    (void)err;
    int n;
    const int *choices = lc_net_choices(net, &n);
    for (int p = 0; p < n; p++)
        cr_expect_eq(choices[p], p == position ? option : base[p]);
    return ++*(int *)ctx == 100 ? LC_EUSAGE : LC_OK;
}

Test(sweep, changes_one_position_at_a_time_and_stops_at_a_failure) {
    int visits = -1000;
    const lc_space *space = lc_space_find("fbnet");
    cr_expect_eq(lc__space_sweep(space, base, visit, &visits, NULL), LC_OK);
    cr_expect_eq(visits, 22 * 9 - 1000);
    visits = 0;
    cr_expect_eq(lc__space_sweep(space, base, visit, &visits, NULL), LC_EUSAGE);
    cr_expect_eq(visits, 100);
}
