#include "toy.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "base/rng.h"

void toy_make(toy *t, int positions, int options, int n_costs, bool whole, uint64_t seed) {
    memset(t, 0, sizeof *t);
    t->places = (size_t)(positions * options);
    cr_assert(t->places <= TOY_PLACES);
    t->problem.n_positions = positions;
    t->problem.n_costs = n_costs;
    for (int i = 0; i < positions; i++)
        t->problem.n_options[i] = options;
    for (size_t k = 0; k < t->places; k++) {
        double x = lc__rng_unit(&seed);
        t->cost[0][k] = whole ? floor(1 + 9 * x) : 1 + 9 * x;
        t->cost[1][k] = 1 + 5 * lc__rng_unit(&seed);
        t->loss[k] = exp(-3 * x) + 0.3 * lc__rng_unit(&seed);
        t->score[k] = -t->loss[k];
    }
    for (int k = 0; k < n_costs; k++)
        t->problem.costs[k] = (lc_nas_cost){.name = k ? "energy" : "latency",
                                            .unit = k ? "uj" : "ms",
                                            .table = t->cost[k],
                                            .base = 2};
}

double toy_limit(const toy *t, int cost, double share) {
    lc_nas_extreme least, most;
    cr_assert_eq(lc_nas_extremes(&t->problem, cost, &least, &most, NULL), LC_OK);
    cr_assert(least.exact && most.exact);
    return least.value.upper + share * (most.value.upper - least.value.upper);
}

double toy_sum(const toy *t, const double *value, const int *choices) {
    double sum = 0;
    for (int i = 0; i < t->problem.n_positions; i++)
        sum += value[lc_nas_place(&t->problem, i) + (size_t)choices[i]];
    return sum;
}

double toy_best(const toy *t) {
    int choices[LC_NAS_MAX_POSITIONS] = {0}, i;
    double best = -INFINITY;
    do {
        bool within, on_target;
        cr_assert_eq(lc_nas_fits(&t->problem, choices, &within, &on_target, NULL), LC_OK);
        if (within && on_target)
            best = fmax(best, toy_sum(t, t->score, choices));
        for (i = t->problem.n_positions - 1; i >= 0 && ++choices[i] == t->problem.n_options[i]; i--)
            choices[i] = 0;
    } while (i >= 0);
    return best;
}
