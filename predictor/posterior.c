#include "posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "linalg.h"
#include "run.h"

/* Samples are reweighted only where there are enough of them to tell an outlier. */
#define ROBUST_FROM 12
#define ROBUST_PASSES 2
/* Residuals beyond so many standard deviations lose weight. */
#define ROBUST_CUT 2.0
#define ROBUST_LEAST 1e-3
/* Cells with less than this probability are left out of the moments. */
#define NEGLIGIBLE 1e-7

double *lc__run_cell(const lc__run *r, lc__place at) {
    size_t i = at.link * r->grid->n_patterns + at.pattern;
    i = i * r->grid->n_offsets + at.offset;
    return r->evidence + i * LC__NOISES + at.noise;
}

static size_t n_cells(const lc__grid *grid) {
    return LC__LINKS * grid->n_patterns * grid->n_offsets * LC__NOISES;
}

static lc__place place_of(const lc__grid *grid, size_t i) {
    lc__place at = {.noise = i % LC__NOISES};
    i /= LC__NOISES;
    at.offset = i % grid->n_offsets;
    i /= grid->n_offsets;
    at.pattern = i % grid->n_patterns;
    at.link = i / grid->n_patterns;
    return at;
}

/* Leaves the coordinates of the target, less the prior mean, in r->g. */
void lc__run_project(lc__run *r, lc__place at) {
    const lc__problem *p = r->problem;
    const lc__offset *o = &r->grid->offset[at.offset];
    for (size_t i = 0; i < p->n; i++)
        r->z[i] = p->target[at.link][i] - o->slope * p->size[at.link][o->variant][i];
    lc__spectrum_project(&r->spectrum, r->z, r->g);
}

lc_status lc__run_decompose(lc__run *r, lc__place at, lc_error *err) {
    return lc__spectrum_compute(&r->spectrum, r->problem->gram[at.link],
                                r->grid->pattern[at.pattern].weight, err);
}

/* sum g^2 / (value + noise) + the prior's rate */
double lc__run_energy(const lc__run *r, double noise) {
    double sum = LC__SCALE_RATE;
    for (size_t k = 0; k + 1 < r->problem->n; k++)
        sum += r->g[k] * r->g[k] / (r->spectrum.value[k] + noise);
    return sum;
}

double lc__run_degrees(const lc__run *r) {
    return (double)r->problem->n - 1 + LC__SCALE_SHAPE;
}

static double log_evidence(const lc__run *r, lc__place at) {
    double noise = lc__noise[at.noise], log_det = 0;
    for (size_t k = 0; k + 1 < r->problem->n; k++)
        log_det += log(r->spectrum.value[k] + noise);
    return r->grid->pattern[at.pattern].log_prior - 0.5 * log_det -
           0.5 * lc__run_degrees(r) * log(lc__run_energy(r, noise));
}

static lc_status weigh_cells(lc__run *r, lc_error *err) {
    lc__place at = {0};
    for (at.link = 0; at.link < LC__LINKS; at.link++) {
        double jacobian = 0; /* of the logarithm: the evidence is about latencies, not logarithms */
        for (size_t i = 0; i < r->problem->n && at.link == LC__LINK_LOG; i++)
            jacobian -= r->problem->target[LC__LINK_LOG][i];
        for (at.pattern = 0; at.pattern < r->grid->n_patterns; at.pattern++) {
            lc_status st = lc__run_decompose(r, at, err);
            if (st != LC_OK)
                return st;
            for (at.offset = 0; at.offset < r->grid->n_offsets; at.offset++) {
                lc__run_project(r, at);
                for (at.noise = 0; at.noise < LC__NOISES; at.noise++)
                    *lc__run_cell(r, at) = log_evidence(r, at) + jacobian;
            }
        }
    }
    return LC_OK;
}

static size_t best_cell(const lc__run *r) {
    size_t best = 0;
    for (size_t i = 1; i < n_cells(r->grid); i++)
        if (r->evidence[i] > r->evidence[best])
            best = i;
    return best;
}

/* Weights samples by their leave-one-out residuals in the best cell (Huber's weights squared).
 * r->z and r->g are overwritten. */
static lc_status reweigh(lc__run *r, lc_error *err) {
    lc__place at = place_of(r->grid, best_cell(r));
    lc_status st = lc__run_decompose(r, at, err);
    if (st != LC_OK)
        return st;
    lc__run_project(r, at);
    lc__spectrum *sp = &r->spectrum;
    size_t n = sp->n;
    double noise = lc__noise[at.noise], *residual = r->z, *size = r->g;
    for (size_t i = 0; i < n; i++) {
        double a = 0, d = 0;
        for (size_t k = 0; k + 1 < n; k++) {
            double axis = sp->axis[k * n + i], rest = sp->value[k] + noise;
            a += axis * r->g[k] / rest;
            d += axis * axis / rest;
        }
        residual[i] = a / sqrt(fmax(d, 1e-300)) / sp->root[i];
    }
    for (size_t i = 0; i < n; i++)
        size[i] = fabs(residual[i]);
    lc__sort(size, n);
    double spread = fmax(1.4826 * lc__quantile(size, n, 0.5), 1e-12);
    for (size_t i = 0; i < n; i++) {
        double ratio = ROBUST_CUT * spread / fmax(fabs(residual[i]), 1e-300);
        sp->root[i] = sqrt(fmin(fmax(ratio * ratio, ROBUST_LEAST), 1));
    }
    return LC_OK;
}

/* Log evidences become probabilities. */
static void normalise(lc__run *r) {
    size_t n = n_cells(r->grid);
    double most = r->evidence[best_cell(r)], sum = 0;
    for (size_t i = 0; i < n; i++) {
        r->evidence[i] = exp(r->evidence[i] - most);
        sum += r->evidence[i];
    }
    for (size_t i = 0; i < n; i++)
        r->evidence[i] = r->evidence[i] / sum > NEGLIGIBLE ? r->evidence[i] / sum : 0;
}

/* Probabilities of all cells, with the samples' final weights. */
static lc_status weigh(lc__run *r, lc_error *err) {
    int passes = r->problem->n >= ROBUST_FROM ? ROBUST_PASSES : 0;
    lc_status st = weigh_cells(r, err);
    for (int i = 0; i < passes && st == LC_OK; i++) {
        st = reweigh(r, err);
        if (st == LC_OK)
            st = weigh_cells(r, err);
    }
    if (st == LC_OK)
        normalise(r);
    return st;
}

static lc_status run_alloc(lc__run *r, lc_error *err) {
    size_t n = r->problem->n, width = r->problem->width;
    lc_status st = lc__spectrum_alloc(n, &r->spectrum, err);
    r->evidence = lc__doubles(n_cells(r->grid), 1, err);
    r->z = lc__doubles(2, n, err);
    r->room = lc__doubles(4 + 3 * n, n, err);
    r->feature = lc__doubles(2 * n, width, err);
    r->row = lc__doubles(2 + width, width, err);
    if (st != LC_OK || !r->evidence || !r->z || !r->room || !r->feature || !r->row)
        return LC_ENOMEM;
    r->g = r->z + n;
    r->half = r->feature + n * width;
    r->outer = r->row + 2 * width;
    return LC_OK;
}

static void run_clear(lc__run *r) {
    lc__spectrum_clear(&r->spectrum);
    free(r->evidence);
    free(r->z);
    free(r->room);
    free(r->feature);
    free(r->row);
}

lc_status lc__posterior(const lc__problem *problem, const lc__grid *grid, lc__moments *moments,
                        double *inflation, lc_error *err) {
    size_t order = problem->width + 1;
    lc__run r = {.problem = problem, .grid = grid};
    lc_status st = run_alloc(&r, err);
    for (size_t link = 0; link < LC__LINKS; link++) {
        moments[link] = (lc__moments){.mean = lc__doubles(order, 1, err)};
        moments[link].second = lc__doubles(order, order, err);
        if (!moments[link].mean || !moments[link].second)
            st = LC_ENOMEM;
    }
    if (st == LC_OK)
        st = weigh(&r, err);
    for (size_t link = 0; link < LC__LINKS && st == LC_OK; link++)
        st = lc__run_collect(&r, link, &moments[link], err);
    if (st == LC_OK)
        *inflation = (double)problem->n / r.spectrum.weight;
    run_clear(&r);
    return st;
}

lc_status lc__posterior_patterns(const lc__problem *problem, const lc__grid *grid, double *mass,
                                 lc_error *err) {
    lc__run r = {.problem = problem, .grid = grid};
    lc_status st = run_alloc(&r, err);
    if (st == LC_OK)
        st = weigh(&r, err);
    for (size_t i = 0; i < grid->n_patterns; i++)
        mass[i] = 0;
    for (size_t i = 0; i < n_cells(grid) && st == LC_OK; i++)
        mass[place_of(grid, i).pattern] += r.evidence[i];
    run_clear(&r);
    return st;
}

void lc__moments_clear(lc__moments *moments) {
    free(moments->mean);
    free(moments->second);
    memset(moments, 0, sizeof *moments);
}
