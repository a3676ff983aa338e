/* Rank correlations between devices, and what is made of them: a proxy, an order, hard tasks. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rank.h"
#include "base/rng.h"
#include "tasks/partition.h"

#define ROWS 60
#define DEVICES 8

/* Two families of four devices: within one, latencies are those of its first with a little noise;
 * the families have nothing to do with each other. Devices alternate between them. */
static double *families(uint64_t seed) {
    double *v = malloc(DEVICES * ROWS * sizeof *v);
    cr_assert_not_null(v);
    for (size_t r = 0; r < ROWS; r++) {
        double kind[2] = {lc__rng_unit(&seed), lc__rng_unit(&seed)};
        for (size_t d = 0; d < DEVICES; d++)
            v[d * ROWS + r] = 1 + kind[d % 2] + 0.1 * lc__rng_unit(&seed);
    }
    return v;
}

static lc__agreement agree(const double *values, size_t n, size_t least) {
    lc__agreement a;
    lc_error err = {0};
    cr_assert_eq(lc__agreement_measure(values, n, ROWS, least, &a, &err), LC_OK, "%s", err.message);
    return a;
}

/* With and without holes, a pair's figure is Spearman's over the nets of both. */
Test(agreement, is_spearman_over_common_nets) {
    double *v = families(3), x[ROWS], y[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        if (r % 3 == 0)
            v[2 * ROWS + r] = NAN;
    lc__agreement a = agree(v, DEVICES, 5);
    for (size_t i = 0; i < DEVICES; i++) {
        for (size_t j = 0; j < DEVICES; j++) {
            size_t m = 0;
            for (size_t r = 0; r < ROWS; r++) {
                x[m] = v[i * ROWS + r];
                y[m] = v[j * ROWS + r];
                m += !isnan(x[m]) && !isnan(y[m]);
            }
            cr_expect_eq(a.common[i * DEVICES + j], m);
            cr_expect(fabs(a.rho[i * DEVICES + j] - lc__spearman(x, y, m)) < 1e-12, "%zu, %zu", i,
                      j);
        }
    }
    lc__agreement_clear(&a);
    free(v);
}

Test(agreement, holes_and_constants) {
    double *v = families(4);
    for (size_t r = 0; r < ROWS; r++) {
        v[0 * ROWS + r] = r < 30 ? v[r] : NAN;
        v[1 * ROWS + r] = r >= 28 ? v[ROWS + r] : NAN; /* two nets in common */
        v[2 * ROWS + r] = 7;
    }
    lc__agreement a = agree(v, DEVICES, 3);
    cr_expect(isnan(a.rho[0 * DEVICES + 1]) && a.common[0 * DEVICES + 1] == 2);
    cr_expect(!isnan(a.rho[0 * DEVICES + 3]));
    cr_expect(a.constant[2] && !a.constant[3]);
    cr_expect(fabs(a.rho[2 * DEVICES + 3]) <= 0, "a constant ranks nothing");
    cr_expect(!isnan(lc__agreement_mean(&a, 0)), "over the others that it has pairs with");
    size_t order[DEVICES];
    cr_expect_eq(lc__agreement_order(&a, order, NULL), LC_OK);
    lc__agreement_clear(&a);
    free(v);
}

/* Every device once, and each family in one run. */
Test(agreement, order_keeps_families_together) {
    double *v = families(5);
    lc__agreement a = agree(v, DEVICES, 3);
    size_t order[DEVICES], changes = 0, seen = 0;
    cr_assert_eq(lc__agreement_order(&a, order, NULL), LC_OK);
    for (size_t i = 0; i < DEVICES; i++) {
        seen |= (size_t)1 << order[i];
        changes += i > 0 && order[i] % 2 != order[i - 1] % 2;
    }
    cr_expect_eq(seen, ((size_t)1 << DEVICES) - 1);
    cr_expect_eq(changes, 1u);
    lc__agreement_clear(&a);
    free(v);
}

/* Five devices of one kind and three of another: the proxy is one of the five. */
Test(agreement, the_proxy_stands_for_the_most) {
    double *v = families(6);
    bool all[DEVICES];
    memcpy(v + 1 * ROWS, v, ROWS * sizeof *v);
    lc__agreement a = agree(v, DEVICES, 3);
    size_t proxy = lc__agreement_proxy(&a, NULL);
    cr_expect(proxy % 2 == 0 || proxy == 1, "device %zu", proxy);
    cr_expect_leq(lc__agreement_least(&a, proxy), lc__agreement_mean(&a, proxy));
    memset(all, true, sizeof all);
    cr_expect_eq(lc__agreement_proxy(&a, all), (size_t)DEVICES, "there is none to take");
    lc__agreement_clear(&a);
    a = agree(v, 1, 3);
    cr_expect_eq(lc__agreement_proxy(&a, NULL), 0u, "one device stands for itself");
    lc__agreement_clear(&a);
    free(v);
}

static lc__partition find(const lc__agreement *a, lc__partition_options o) {
    lc__partition p;
    lc_error err = {0};
    cr_assert_eq(lc__partition_find(a, &o, &p, &err), LC_OK, "%s", err.message);
    return p;
}

/* The cut between the two families is the least there is, and is found first. */
Test(partition, finds_the_families) {
    double *v = families(7);
    lc__agreement a = agree(v, DEVICES, 3);
    lc__partition p = find(&a, (lc__partition_options){4, 4, 3, 1});
    const lc__split *s = &p.split[0];
    for (size_t d = 0; d < DEVICES; d++)
        cr_expect_eq(s->side[d], s->side[d % 2]);
    cr_expect_neq(s->side[0], s->side[1]);
    cr_expect(s->between < p.random_least + 1e-9 && s->between < p.random_mean - 0.2);
    cr_expect(s->within_sources > 0.8 && s->within_targets > 0.8);
    for (size_t i = 0; i < p.n_splits; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect(memcmp(p.split[i].side, p.split[j].side, DEVICES * sizeof *s->side) != 0,
                      "splits %zu and %zu are the same", j, i);
    lc__partition_clear(&p);
    lc__agreement_clear(&a);
    free(v);
}

/* Sides of other sizes leave devices out; the same seed finds the same. */
Test(partition, sizes_and_seeds) {
    double *v = families(8);
    lc__agreement a = agree(v, DEVICES, 3);
    lc__partition p = find(&a, (lc__partition_options){3, 2, 4, 9});
    lc__partition q = find(&a, (lc__partition_options){3, 2, 4, 9});
    for (size_t k = 0; k < 4; k++) {
        size_t n[3] = {0};
        for (size_t d = 0; d < DEVICES; d++)
            n[p.split[k].side[d]]++;
        cr_expect(n[LC__SIDE_SOURCE] == 3 && n[LC__SIDE_TARGET] == 2 && n[LC__SIDE_NONE] == 3);
        cr_expect_arr_eq(p.split[k].side, q.split[k].side, DEVICES * sizeof(lc__side));
    }
    lc__partition_clear(&p);
    lc__partition_clear(&q);
    lc__agreement_clear(&a);
    free(v);
}

Test(partition, what_cannot_be_split) {
    double *v = families(9);
    lc__partition p;
    lc_error err;
    lc__agreement a = agree(v, 3, 3);
    lc__partition_options many = {2, 2, 1, 1}, same = {1, 1, 7, 1};
    cr_expect_eq(lc__partition_find(&a, &many, &p, &err), LC_EINFEASIBLE);
    cr_expect(strstr(err.message, "take 4 devices, there are 3") != NULL, "%s", err.message);
    lc__partition_clear(&p);
    cr_expect_eq(lc__partition_find(&a, &same, &p, &err), LC_EINFEASIBLE);
    cr_expect(strstr(err.message, "different splits") != NULL, "%s", err.message);
    lc__partition_clear(&p);
    lc__agreement_clear(&a);
    free(v);
}
