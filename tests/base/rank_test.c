/* Rank correlations, which most claims of the project rest on, against values worked out by
 * hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

#include "base/rank.h"
#include "base/rng.h"

#define N 6

static const struct {
    const char *what;
    double x[N], y[N];
    size_t n;
    double spearman, kendall;
} correlations[] = {
    {"same order", {1, 2, 3, 4}, {10, 20, 25, 99}, 4, 1, 1},
    {"reversed", {1, 2, 3, 4}, {9, 7, 5, 1}, 4, -1, -1},
    {"one exchange", {1, 2, 3, 4, 5}, {1, 3, 2, 4, 5}, 5, 0.9, 0.8},
    /* ranks 1 2.5 2.5 4 against 1 2 3 4: 4.5 / sqrt(4.5 * 5); pairs: 5 of 6 agree, 1 tied in x */
    {"a tie on one side", {1, 2, 2, 3}, {1, 2, 3, 4}, 4, 0.9486832980505138, 0.9128709291752769},
    /* both pairs of ties coincide */
    {"ties on both sides", {1, 1, 2, 2}, {5, 5, 7, 7}, 4, 1, 1},
    {"a constant ranks nothing", {3, 3, 3, 3}, {1, 2, 3, 4}, 4, 0, 0},
    {"one net has no order", {1}, {1}, 1, 0, 0},
    {"nothing", {0}, {0}, 0, 0, 0},
};

Test(rank, rank_correlations) {
    for (size_t i = 0; i < sizeof correlations / sizeof *correlations; i++) {
        double rho = lc__spearman(correlations[i].x, correlations[i].y, correlations[i].n);
        double tau = lc__kendall(correlations[i].x, correlations[i].y, correlations[i].n);
        cr_expect(fabs(rho - correlations[i].spearman) < 1e-12, "%s: Spearman %.17g",
                  correlations[i].what, rho);
        cr_expect(fabs(tau - correlations[i].kendall) < 1e-12, "%s: Kendall %.17g",
                  correlations[i].what, tau);
    }
}

/* tau-b by its definition, pair by pair. */
static double kendall_by_pairs(const double *x, const double *y, size_t n) {
    double agree = 0, free_x = 0, free_y = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            int a = (x[i] > x[j]) - (x[i] < x[j]), b = (y[i] > y[j]) - (y[i] < y[j]);
            agree += a * b;
            free_x += a != 0;
            free_y += b != 0;
        }
    }
    return agree / sqrt(free_x * free_y);
}

Test(rank, fast_kendall_equals_the_definition) {
    uint64_t rng = 7;
    for (int trial = 0; trial < 50; trial++) {
        double x[40], y[40];
        size_t n = 3 + (size_t)lc__rng_below(&rng, 38);
        for (size_t i = 0; i < n; i++) { /* few values: many ties */
            x[i] = (double)lc__rng_below(&rng, 9);
            y[i] = x[i] + (double)lc__rng_below(&rng, 9);
        }
        x[0] = -1;
        y[0] = 99;
        cr_expect(fabs(lc__kendall(x, y, n) - kendall_by_pairs(x, y, n)) < 1e-12, "trial %d",
                  trial);
    }
}

Test(rank, average_ranks) {
    const double x[] = {5, 1, 5, 2, 5};
    const double expected[] = {4, 1, 4, 2, 4};
    size_t order[5];
    double rank[5];
    lc__ranks(x, 5, order, rank);
    for (int i = 0; i < 5; i++)
        cr_expect(fabs(rank[i] - expected[i]) < 1e-12, "rank %d is %g", i, rank[i]);
    cr_expect_eq(order[0], 1u);
}
