#include <criterion/criterion.h>
#include <math.h>
#include "base/rng.h"
#include "predictor/positive.h"

enum { N = 8, D = 12 };

static double x[N * D], target[N], root[N], variance[D], ease[D];

/* A random problem whose true coefficients alternate in sign. */
static lc__positive made_up(double shared_ease, uint64_t seed) {
    for (size_t i = 0; i < N; i++) {
        target[i] = 3;
        root[i] = 0.5 + lc__rng_unit(&seed);
        for (size_t k = 0; k < D; k++) {
            x[i * D + k] = lc__rng_unit(&seed);
            target[i] += (k % 2 ? -1 : 1) * x[i * D + k];
        }
    }
    for (size_t k = 0; k < D; k++) {
        variance[k] = 0.2 + lc__rng_unit(&seed);
        ease[k] = shared_ease;
    }
    return (lc__positive){.n = N,
                          .width = D,
                          .x = x,
                          .target = target,
                          .root = root,
                          .variance = variance,
                          .ease = ease,
                          .noise = 0.05};
}

/* What is to be minimised (positive.h). */
static double objective(const lc__positive *p, const double *mean) {
    double sum = 0;
    for (size_t i = 0; i < p->n; i++) {
        double rest = p->target[i] - mean[p->width];
        for (size_t k = 0; k < p->width; k++)
            rest -= mean[k] * p->x[i * p->width + k];
        sum += p->root[i] * p->root[i] * rest * rest / p->noise;
    }
    for (size_t k = 0; k < p->width; k++)
        if (mean[k] != 0)
            sum += mean[k] * mean[k] / (p->variance[k] * (mean[k] < 0 ? p->ease[k] : 1));
    return sum;
}

static lc_status fit(const lc__positive *p, double *mean) {
    lc__positive_answer answer = {.mean = mean};
    return lc__positive_fit(p, &answer, NULL);
}

/* It is convex: where no coefficient by itself leads down, nothing does, kinks being separable. */
static void expect_minimum(const lc__positive *p, double *mean) {
    double least = objective(p, mean);
    for (size_t k = 0; k <= p->width; k++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double kept = mean[k];
            mean[k] += sign * 1e-4;
            bool barred = k < p->width && mean[k] < 0 && p->ease[k] == 0;
            cr_expect(barred || objective(p, mean) >= least, "coefficient %zu", k);
            mean[k] = kept;
        }
}

Test(positive, finds_the_minimum_whatever_the_ease) {
    static const double eases[] = {0, 0.1, 0.5, 1};
    double mean[D + 1];
    for (size_t e = 0; e < 4; e++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            lc__positive p = made_up(eases[e], seed);
            cr_assert_eq(fit(&p, mean), LC_OK);
            expect_minimum(&p, mean);
        }
}

Test(positive, negative_only_where_that_is_allowed) {
    lc__positive p = made_up(0, 5);
    double mean[D + 1];
    bool negative = false;
    ease[1] = ease[3] = 1;
    cr_assert_eq(fit(&p, mean), LC_OK);
    for (size_t k = 0; k < D; k++) {
        cr_expect(mean[k] >= 0 || ease[k] > 0, "coefficient %zu is %g", k, mean[k]);
        negative = negative || mean[k] < 0;
    }
    cr_expect(negative);
}

/* Nothing positive explains a target that falls where all costs rise: its mean is left. */
Test(positive, gives_the_weighted_mean_where_nothing_positive_helps) {
    double xs[3] = {1, 2, 3}, falling[3] = {9, 6, 3}, weights[3] = {1, 1, 2}, one = 1, none = 0;
    lc__positive p = {.n = 3,
                      .width = 1,
                      .x = xs,
                      .target = falling,
                      .root = weights,
                      .variance = &one,
                      .ease = &none,
                      .noise = 0.01};
    double mean[2];
    cr_assert_eq(fit(&p, mean), LC_OK);
    cr_expect_eq(mean[0], 0);
    cr_expect_float_eq(mean[1], (9 + 6 + 4 * 3) / 6.0, 1e-12);
}

/* A column without variance is not used, one sample leaves all coefficients 0. */
Test(positive, takes_columns_without_variance_and_a_single_sample) {
    lc__positive p = made_up(1, 7);
    double mean[D + 1];
    variance[4] = 0;
    cr_assert_eq(fit(&p, mean), LC_OK);
    cr_expect_eq(mean[4], 0);
    p.n = 1;
    cr_assert_eq(fit(&p, mean), LC_OK);
    for (size_t k = 0; k < D; k++)
        cr_expect_float_eq(mean[k], 0, 1e-12);
    cr_expect_float_eq(mean[D], target[0], 1e-12);
}

/* One column: C is known in closed form, with the coefficient and without. */
Test(positive, knows_the_likelihood) {
    double xs[3] = {-1, 0, 1}, rising[3] = {-2, 1, 1}, falling[3] = {2, -1, -1};
    double weights[3] = {1, 1, 1}, one = 1, none = 0, mean[2];
    lc__positive p = {.n = 3,
                      .width = 1,
                      .x = xs,
                      .target = rising,
                      .root = weights,
                      .variance = &one,
                      .ease = &none,
                      .noise = 0.5};
    lc__positive_answer answer = {.mean = mean};
    cr_assert_eq(lc__positive_fit(&p, &answer, NULL), LC_OK);
    /* C has the values 0.5 and, along x, 2.5; target . x is 3, |x|^2 2, |target|^2 6. */
    cr_expect_float_eq(answer.log_determinant, log(0.5) + log(2.5), 1e-9);
    cr_expect_float_eq(answer.energy, 4.5 / 2.5 + 1.5 / 0.5, 1e-9);
    p.target = falling;
    cr_assert_eq(lc__positive_fit(&p, &answer, NULL), LC_OK);
    cr_expect_float_eq(answer.log_determinant, 2 * log(0.5), 1e-9);
    cr_expect_float_eq(answer.energy, 6 / 0.5, 1e-9);
}
