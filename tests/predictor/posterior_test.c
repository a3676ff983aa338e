/* The posterior against the same formulas written down plainly: a dense inverse for every cell. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "bundle.h"
#include "posterior.h"
#include "predictor/linalg.h"

enum { MOST = 40, FACTORS = 3 };

/* Cells of less than this probability are left out. */
#define NEGLIGIBLE 1e-7

typedef struct made_up {
    lc__problem problem;
    lc__grid grid;
    double target[LC__LINKS][MOST], size[MOST], gram[3][MOST * MOST];
} made_up;

static double draw(uint64_t *seed) {
    return 2 * lc__rng_unit(seed) - 1;
}

static void make_gram(size_t n, uint64_t *seed, double *gram) {
    double factor[MOST * FACTORS];
    for (size_t i = 0; i < n * FACTORS; i++)
        factor[i] = draw(seed);
    lc__gemm(false, true, n, n, FACTORS, 1, factor, factor, 0, gram);
}

/* Three blocks, of which the last has another kernel under the second link; more patterns than
 * lanes, two prior means. */
static made_up *make_problem(size_t n, uint64_t seed) {
    made_up *m = calloc(1, sizeof *m);
    cr_assert(m);
    m->problem.n = n;
    for (size_t b = 0; b < 3; b++)
        make_gram(n, &seed, m->gram[b]);
    for (size_t i = 0; i < n; i++) {
        m->size[i] = draw(&seed);
        m->target[LC__LINK_LOG][i] = 0.1 * draw(&seed);
        m->target[LC__LINK_LINEAR][i] = exp(m->target[LC__LINK_LOG][i]);
    }
    for (size_t link = 0; link < LC__LINKS; link++) {
        m->problem.target[link] = m->target[link];
        for (size_t v = 0; v < LC__VARIANTS; v++)
            m->problem.size[link][v] = m->size;
        m->problem.gram[link][LC__BLOCK_COARSE] = m->gram[0];
        m->problem.gram[link][LC__BLOCK_SOURCES] = m->gram[1 + link];
    }
    m->grid.n_patterns = LC__LANES + 1;
    for (size_t i = 0; i < m->grid.n_patterns; i++) {
        double share = (double)i / (double)m->grid.n_patterns;
        m->grid.pattern[i].weight[LC__BLOCK_COARSE] = 1 - share;
        m->grid.pattern[i].weight[LC__BLOCK_SOURCES] = share;
        m->grid.pattern[i].log_prior = -share;
    }
    m->grid.n_offsets = 2;
    m->grid.offset[1] = (lc__offset){.variant = LC__VARIANT_LIVE, .slope = 0.05};
    return m;
}

/* inverse[n][n] of a, and log det a; by Gauss and Jordan, a is positive definite. */
static double invert(size_t n, double *a, double *inverse) {
    double log_det = 0;
    for (size_t i = 0; i < n * n; i++)
        inverse[i] = i % (n + 1) == 0;
    for (size_t k = 0; k < n; k++) {
        double pivot = a[k * n + k];
        log_det += log(pivot);
        for (size_t j = 0; j < n; j++) {
            a[k * n + j] /= pivot;
            inverse[k * n + j] /= pivot;
        }
        for (size_t i = 0; i < n; i++) {
            double by = a[i * n + k];
            for (size_t j = 0; j < n && i != k; j++) {
                a[i * n + j] -= by * a[k * n + j];
                inverse[i * n + j] -= by * inverse[k * n + j];
            }
        }
    }
    return log_det;
}

/* What one cell says of a net whose kernel with the samples is k, whose size is 1, and whose own
 * kernel is left aside. */
typedef struct answer {
    double evidence, mean, square;
} answer;

static answer ask_cell(const made_up *m, size_t link, size_t pattern, const lc__offset *offset,
                       double noise, const double *k) {
    static double a[MOST * MOST], inverse[MOST * MOST];
    size_t n = m->problem.n;
    const lc__pattern *p = &m->grid.pattern[pattern];
    for (size_t i = 0; i < n * n; i++)
        a[i] = p->weight[LC__BLOCK_COARSE] * m->gram[0][i] +
               p->weight[LC__BLOCK_SOURCES] * m->gram[1 + link][i] + (i % (n + 1) == 0 ? noise : 0);
    double z[MOST], log_det = invert(n, a, inverse), ones = 0, level = 0;
    for (size_t i = 0; i < n; i++)
        z[i] = m->target[link][i] - offset->slope * m->size[i];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            ones += inverse[i * n + j];
            level += inverse[i * n + j] * z[j];
        }
    double c = level / ones, energy = LC__SCALE_RATE, reach = 1, known = 0;
    answer out = {.mean = c + offset->slope};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            energy += (z[i] - c) * inverse[i * n + j] * (z[j] - c);
            out.mean += k[i] * inverse[i * n + j] * (z[j] - c);
            known += k[i] * inverse[i * n + j] * k[j];
            reach -= k[i] * inverse[i * n + j];
        }
    double degrees = (double)n - 1 + LC__SCALE_SHAPE;
    /* 1' K^-1 1 is the determinant's share of the constant, n that of an improper prior. */
    out.evidence = p->log_prior + offset->log_prior[link] + log(lc__link_prior[link]) -
                   0.5 * (log_det + log(ones / (double)n)) - 0.5 * degrees * log(energy);
    for (size_t i = 0; i < n && link == LC__LINK_LOG; i++)
        out.evidence -= m->target[LC__LINK_LOG][i];
    out.square = out.mean * out.mean + energy / degrees * (reach * reach / ones - known);
    return out;
}

/* Sums over the cells that count under each link: mass, E f, E f^2. `first` is the log evidence of
 * some cell and `total` the mass of all in its units; with total 0, sums[0][0] becomes that. */
static void add_cells(const made_up *m, const double *k, double first, double total,
                      double sums[LC__LINKS][3]) {
    memset(sums, 0, LC__LINKS * sizeof *sums);
    for (size_t link = 0; link < LC__LINKS; link++)
        for (size_t i = 0; i < m->grid.n_patterns * m->grid.n_offsets * LC__NOISES; i++) {
            size_t o = i / LC__NOISES % m->grid.n_offsets;
            size_t p = i / LC__NOISES / m->grid.n_offsets;
            answer a = ask_cell(m, link, p, &m->grid.offset[o], lc__noise[i % LC__NOISES], k);
            double mass = exp(a.evidence - first);
            if (total == 0)
                sums[0][0] += mass;
            if (total == 0 || mass <= NEGLIGIBLE * total)
                continue;
            sums[link][0] += mass / total;
            sums[link][1] += mass / total * a.mean;
            sums[link][2] += mass / total * a.square;
        }
}

static void ask_plainly(const made_up *m, const double *k, double sums[LC__LINKS][3]) {
    double first = ask_cell(m, 0, 0, &m->grid.offset[0], lc__noise[0], k).evidence;
    add_cells(m, k, first, 0, sums);
    add_cells(m, k, first, sums[0][0], sums);
}

/* The same from a part: k is in the frame, mixed by the test's own hand. */
static void ask_part(const lc__part *part, size_t n, const double *k, double sums[3]) {
    double f = part->c + lc__dot(n, part->vector[LC__PART_ALPHA], k);
    double square = part->cc + 2 * lc__dot(n, part->vector[LC__PART_LINE], k);
    for (size_t i = 0; i < n; i++)
        square += k[i] * lc__dot(n, part->square + i * n, k);
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        f += part->lean[v].p;
        square += part->lean[v].pp + 2 * part->lean[v].c +
                  2 * lc__dot(n, part->vector[LC__PART_BY_SIZE + v], k);
    }
    sums[0] += part->p;
    sums[1] += f;
    sums[2] += square;
}

static void compare(size_t n, uint64_t seed) {
    made_up *m = make_problem(n, seed);
    lc__posterior posterior;
    double k[MOST], expected[LC__LINKS][3];
    for (size_t i = 0; i < n; i++)
        k[i] = draw(&seed);
    ask_plainly(m, k, expected);
    cr_assert_eq(lc__posterior_find(&m->problem, &m->grid, &posterior, NULL), LC_OK);
    lc__frame_enter(&posterior.frame, k);
    for (size_t link = 0; link < LC__LINKS; link++) {
        double sums[3] = {0};
        for (size_t i = 0; i < posterior.n_parts[link]; i++)
            ask_part(&posterior.part[link][i], n, k, sums);
        for (int i = 0; i < 3; i++)
            cr_expect_float_eq(sums[i], expected[link][i], 1e-10 * (1 + fabs(expected[link][i])),
                               "%zu samples, link %zu, moment %d: %.9g, not %.9g", n, link, i,
                               sums[i], expected[link][i]);
    }
    lc__posterior_clear(&posterior);
    free(m);
}

Test(posterior, agrees_with_dense_inverses) {
    for (size_t n = 1; n < 12; n++) /* from 12 on, samples are reweighed */
        compare(n, 100 + n);
}

/* One sample that is far off, among many that agree, is found and loses its weight. */
Test(posterior, outlier_loses_weight) {
    made_up *m = make_problem(30, 3);
    for (size_t i = 0; i < 30; i++) {
        m->target[LC__LINK_LOG][i] = 0.1 * m->gram[0][i * 30] + 1e-3 * (double)(i % 3);
        m->target[LC__LINK_LINEAR][i] = exp(m->target[LC__LINK_LOG][i]);
    }
    m->target[LC__LINK_LOG][7] = 1;
    m->target[LC__LINK_LINEAR][7] = exp(1);
    lc__posterior posterior;
    cr_assert_eq(lc__posterior_find(&m->problem, &m->grid, &posterior, NULL), LC_OK);
    for (size_t i = 0; i < 30; i++)
        cr_expect(i == 7 ? posterior.frame.root[i] < 0.1 : posterior.frame.root[i] > 0.2,
                  "sample %zu weighs %g", i, posterior.frame.root[i]);
    lc__posterior_clear(&posterior);
    free(m);
}

/* Kernels too large to compute with are said to be so. */
Test(posterior, absurd_kernels_are_refused) {
    made_up *m = make_problem(5, 4);
    for (size_t i = 0; i < 25; i++)
        m->gram[0][i] = 1e250;
    lc__posterior posterior;
    lc_error err = {0};
    cr_expect_eq(lc__posterior_find(&m->problem, &m->grid, &posterior, &err), LC_ERUNTIME);
    cr_expect(strstr(err.message, "absurd"), "%s", err.message);
    lc__posterior_clear(&posterior);
    free(m);
}

/* LAPACK would go round in circles and say that eigenvalues do not converge. */
Test(linalg, numbers_that_are_not_finite_are_named) {
    double a[4] = {1, INFINITY, INFINITY, 1}, values[2];
    lc_error err = {0};
    cr_expect_eq(lc__eigen(2, a, values, &err), LC_ERUNTIME);
    cr_expect(strstr(err.message, "too large"), "%s", err.message);
    cr_expect_eq(lc__eigen(0, a, values, NULL), LC_OK);
}
