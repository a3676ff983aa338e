/* The figures that many a claim of the project rests on, against values worked out by hand. */
#include <criterion/criterion.h>
#include <math.h>

#include "tasks/metrics.h"

#define N 4

static const struct {
    double forecast[N], truth[N];
    size_t n;
    double mape, within5, within10;
} errors[] = {
    {{1, 2, 3}, {1, 2, 3}, 3, 0, 1, 1},
    {{110, 90, 105, 100}, {100, 100, 100, 100}, 4, 0.0625, 0.5, 1}, /* the bounds belong to it */
    {{112, 50}, {100, 100}, 2, 0.31, 0, 0},
    {{0}, {0}, 0, 0, 0, 0},
};

Test(metrics, errors) {
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        const double *f = errors[i].forecast, *t = errors[i].truth;
        size_t n = errors[i].n;
        cr_expect(fabs(lc__mape(f, t, n) - errors[i].mape) < 1e-12, "mape of row %zu", i);
        cr_expect(fabs(lc__within(f, t, n, 0.05) - errors[i].within5) < 1e-12, "5 %% of row %zu",
                  i);
        cr_expect(fabs(lc__within(f, t, n, 0.10) - errors[i].within10) < 1e-12, "10 %% of row %zu",
                  i);
    }
}

Test(metrics, coverage_counts_the_ends) {
    const double low[] = {1, 1, 1, 1}, high[] = {2, 2, 2, 2}, truth[] = {1, 2, 0.99, 2.01};
    cr_expect(fabs(lc__coverage(low, high, truth, 4) - 0.5) < 1e-12);
}

Test(metrics, keys_are_those_of_the_documented_json) {
    cr_expect_str_eq(lc__metric_key(LC__METRIC_SPEARMAN), "spearman");
    cr_expect_str_eq(lc__metric_key(LC__METRIC_WITHIN10), "within10");
    cr_expect_str_eq(lc__metric_key(LC__N_METRICS), "?");
}
