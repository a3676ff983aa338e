/* Paths of a supernet that is grown from its largest net. */
#include <criterion/criterion.h>

#include "latcast/space.h"
#include "train/grow.h"

Test(grow, finds_the_largest_options) {
    static const struct {
        const char *space, *option;
    } cases[] = {{"fbnet", "k5_e6"}, {"nasbench201", "nor_conv_3x3"}, {"nasa", "conv_k5e6"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const lc_space *space = lc_space_find(cases[i].space);
        int choices[LC_NET_MAX_CHOICES];
        lc_error err = {0};
        cr_assert_eq(lc__grow_largest(space, choices, &err), LC_OK, "%s", err.message);
        for (int p = 0; p < space->n_positions; p++)
            cr_expect_str_eq(space->option_name(p, choices[p]), cases[i].option, "%s, position %d",
                             cases[i].space, p);
    }
}

/* The largest alone at first, half of the others half way, any of them once it is grown. */
Test(grow, lets_more_and_more_options_in) {
    const lc_space *space = lc_space_find("fbnet");
    static const double done[] = {LC__GROWS, (LC__GROWS + LC__GROWN) / 2, LC__GROWN, 1};
    int largest[LC_NET_MAX_CHOICES], others[4] = {0};
    lc_error err = {0};
    uint64_t seed = 3;
    enum { PATHS = 200 };
    cr_assert_eq(lc__grow_largest(space, largest, &err), LC_OK, "%s", err.message);
    for (int d = 0; d < 4; d++)
        for (int i = 0; i < PATHS; i++) {
            int choices[LC_NET_MAX_CHOICES] = {0};
            lc__grow_back(space, largest, done[d], &seed, choices);
            for (int p = 0; p < space->n_positions; p++)
                others[d] += choices[p] != largest[p];
        }
    int all = PATHS * space->n_positions;
    cr_expect_eq(others[0], 0);
    cr_expect(others[1] > 0.45 * all && others[1] < 0.55 * all, "%d of %d", others[1], all);
    cr_expect_eq(others[2], all);
    cr_expect_eq(others[3], all);
}
