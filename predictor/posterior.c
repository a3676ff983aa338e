#include "posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "linalg.h"
#include "spectrum.h"

/* Samples are reweighted only where there are enough of them to tell an outlier. */
#define ROBUST_FROM 12
#define ROBUST_PASSES 2
/* Residuals beyond so many standard deviations lose weight. */
#define ROBUST_CUT 2.0
#define ROBUST_LEAST 1e-3
/* Cells with less than this probability are left out of the moments. */
#define NEGLIGIBLE 1e-7

/* Place of a cell in the grid. */
typedef struct place {
    size_t link, pattern, offset, noise;
} place;

typedef struct run {
    const lc__problem *problem;
    const lc__grid *grid;
    lc__spectrum spectrum;
    double *evidence; /* log evidence, then probability, of every cell */
    /* Scratch. */
    double *z, *g;          /* [n] target less offset, its coordinates */
    double *room;           /* [4 n + 3 n n] */
    double *feature, *half; /* [n][width] */
    double *row, *outer;    /* [2][width], [width][width] */
} run;

static double *cell(const run *r, place at) {
    size_t i = at.link * r->grid->n_patterns + at.pattern;
    i = i * r->grid->n_offsets + at.offset;
    return r->evidence + i * LC__NOISES + at.noise;
}

static size_t n_cells(const lc__grid *grid) {
    return LC__LINKS * grid->n_patterns * grid->n_offsets * LC__NOISES;
}

static place place_of(const lc__grid *grid, size_t i) {
    place at = {.noise = i % LC__NOISES};
    i /= LC__NOISES;
    at.offset = i % grid->n_offsets;
    i /= grid->n_offsets;
    at.pattern = i % grid->n_patterns;
    at.link = i / grid->n_patterns;
    return at;
}

/* Leaves the coordinates of the target, less the prior mean, in r->g. */
static void project(run *r, place at) {
    const lc__problem *p = r->problem;
    const lc__offset *o = &r->grid->offset[at.offset];
    for (size_t i = 0; i < p->n; i++)
        r->z[i] = p->target[at.link][i] - o->slope * p->size[at.link][o->variant][i];
    lc__spectrum_project(&r->spectrum, r->z, r->g);
}

static lc_status decompose(run *r, place at, lc_error *err) {
    return lc__spectrum_compute(&r->spectrum, r->problem->gram[at.link],
                                r->grid->pattern[at.pattern].weight, err);
}

/* sum g^2 / (value + noise) + the prior's rate */
static double energy(const run *r, double noise) {
    double sum = LC__SCALE_RATE;
    for (size_t k = 0; k + 1 < r->problem->n; k++)
        sum += r->g[k] * r->g[k] / (r->spectrum.value[k] + noise);
    return sum;
}

static double degrees(const run *r) {
    return (double)r->problem->n - 1 + LC__SCALE_SHAPE;
}

static double log_evidence(const run *r, place at) {
    double noise = lc__noise[at.noise], log_det = 0;
    for (size_t k = 0; k + 1 < r->problem->n; k++)
        log_det += log(r->spectrum.value[k] + noise);
    return r->grid->pattern[at.pattern].log_prior - 0.5 * log_det -
           0.5 * degrees(r) * log(energy(r, noise));
}

static lc_status weigh_cells(run *r, lc_error *err) {
    place at = {0};
    for (at.link = 0; at.link < LC__LINKS; at.link++) {
        double jacobian = 0; /* of the logarithm: the evidence is about latencies, not logarithms */
        for (size_t i = 0; i < r->problem->n && at.link == LC__LINK_LOG; i++)
            jacobian -= r->problem->target[LC__LINK_LOG][i];
        for (at.pattern = 0; at.pattern < r->grid->n_patterns; at.pattern++) {
            lc_status st = decompose(r, at, err);
            if (st != LC_OK)
                return st;
            for (at.offset = 0; at.offset < r->grid->n_offsets; at.offset++) {
                project(r, at);
                for (at.noise = 0; at.noise < LC__NOISES; at.noise++)
                    *cell(r, at) = log_evidence(r, at) + jacobian;
            }
        }
    }
    return LC_OK;
}

static size_t best_cell(const run *r) {
    size_t best = 0;
    for (size_t i = 1; i < n_cells(r->grid); i++)
        if (r->evidence[i] > r->evidence[best])
            best = i;
    return best;
}

/* Weights samples by their leave-one-out residuals in the best cell (Huber's weights squared).
 * r->z and r->g are overwritten. */
static lc_status reweigh(run *r, lc_error *err) {
    place at = place_of(r->grid, best_cell(r));
    lc_status st = decompose(r, at, err);
    if (st != LC_OK)
        return st;
    project(r, at);
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
static void normalise(run *r) {
    size_t n = n_cells(r->grid);
    double most = r->evidence[best_cell(r)], sum = 0;
    for (size_t i = 0; i < n; i++) {
        r->evidence[i] = exp(r->evidence[i] - most);
        sum += r->evidence[i];
    }
    for (size_t i = 0; i < n; i++)
        r->evidence[i] = r->evidence[i] / sum > NEGLIGIBLE ? r->evidence[i] / sum : 0;
}

/* Sums over the noises of one pattern and offset, in the eigenbasis: what accumulate() spreads
 * over samples and blocks. The posterior of a cell is
 *   E f = c + slope size + alpha . k,                alpha = A (g / rest), A = diag(s) Q V
 *   Var f = s2 (k(x,x) - k' A diag(1 / rest) A' k - 2 h . k + own_constant)
 * with rest = value + noise, h the weights by which the constant averages the samples. */
typedef struct sums {
    double p, c, cc;  /* sum of p; p c; p (c^2 + s2 own_constant) */
    double *alpha;    /* [m] p g / rest */
    double *line;     /* [m] p (c g / rest + s2 cross / rest / |s|) */
    double s2, noise; /* p s2; p s2 noise */
    double *square;   /* [m][m] p (g g' / rest rest' - diag(s2 / rest)) */
} sums;

static void add_noise_level(const run *r, double p, double noise, double mean, sums *out) {
    const lc__spectrum *sp = &r->spectrum;
    size_t m = sp->n - 1;
    double s2 = energy(r, noise) / degrees(r), root = sqrt(sp->weight);
    double c = mean, own = sp->own + noise;
    for (size_t k = 0; k < m; k++) {
        double rest = sp->value[k] + noise;
        c -= sp->cross[k] * r->g[k] / rest / root;
        own -= sp->cross[k] * sp->cross[k] / rest;
    }
    own = fmax(own, noise) / sp->weight;
    out->p += p;
    out->c += p * c;
    out->cc += p * (c * c + s2 * own);
    out->s2 += p * s2;
    out->noise += p * s2 * noise;
    for (size_t k = 0; k < m; k++) {
        double rest = sp->value[k] + noise, a = r->g[k] / rest;
        out->alpha[k] += p * a;
        out->line[k] += p * (c * a + s2 * sp->cross[k] / rest / root);
        out->square[k * m + k] -= p * s2 / rest;
        for (size_t l = 0; l < m; l++)
            out->square[k * m + l] += p * a * r->g[l] / (sp->value[l] + noise);
    }
}

/* x[n] = diag(s) axis' y[m] */
static void to_samples(const lc__spectrum *sp, const double *y, double *x) {
    memset(x, 0, sp->n * sizeof *x);
    for (size_t k = 0; k + 1 < sp->n; k++)
        lc__axpy(sp->n, y[k], sp->axis + k * sp->n, x);
    for (size_t i = 0; i < sp->n; i++)
        x[i] *= sp->root[i];
}

/* x[n][n] = diag(s) axis' y[m][m] axis diag(s); half is scratch [m][n] */
static void square_to_samples(const lc__spectrum *sp, const double *y, double *half, double *x) {
    size_t n = sp->n, m = n - 1;
    lc__gemm(false, false, m, n, m, 1, y, sp->axis, 0, half);
    lc__gemm(true, false, n, n, m, 1, sp->axis, half, 0, x);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            x[i * n + j] *= sp->root[i] * sp->root[j];
}

/* feature = sum_b weight_b feature_b [n][width] */
static void mix_features(const run *r, place at, double *feature) {
    const lc__problem *p = r->problem;
    memset(feature, 0, p->n * p->width * sizeof *feature);
    for (int b = 0; b < LC__BLOCKS; b++)
        if (p->feature[at.link][b])
            lc__axpy(p->n * p->width, r->grid->pattern[at.pattern].weight[b],
                     p->feature[at.link][b], feature);
}

/* Adds one pattern and offset to the moments. alpha, line [n] and square [n][n] are over samples.
 */
static void spread(run *r, place at, const sums *s, const double *alpha, const double *line,
                   const double *square, lc__moments *out) {
    size_t n = r->problem->n, width = r->problem->width, one = width, order = width + 1;
    const lc__offset *o = &r->grid->offset[at.offset];
    size_t v = r->problem->size_column[at.link][o->variant];
    double *mean = r->row, *cross = mean + width, *outer = r->outer;
    lc__gemm(true, false, width, 1, n, 1, r->feature, alpha, 0, mean);
    lc__gemm(true, false, width, 1, n, 1, r->feature, line, 0, cross);
    lc__gemm(false, false, n, width, n, 1, square, r->feature, 0, r->half);
    lc__gemm(true, false, width, width, n, 1, r->feature, r->half, 0, outer);
    for (size_t j = 0; j < width; j++) {
        out->mean[j] += mean[j];
        lc__axpy(width, 1, outer + j * width, out->second + j * order);
        out->second[j * order + one] += cross[j];
        out->second[one * order + j] += cross[j];
        out->second[j * order + v] += o->slope * mean[j];
        out->second[v * order + j] += o->slope * mean[j];
    }
    out->mean[one] += s->c;
    out->mean[v] += o->slope * s->p;
    out->second[one * order + one] += s->cc;
    out->second[v * order + v] += o->slope * o->slope * s->p;
    out->second[one * order + v] += o->slope * s->c;
    out->second[v * order + one] += o->slope * s->c;
    for (int b = 0; b < LC__BLOCKS; b++) {
        double w = r->grid->pattern[at.pattern].weight[b];
        out->own[b] += s->s2 * w;
        out->share[b] += s->p * w;
    }
    out->noise += s->noise;
    out->mass += s->p;
}

/* Adds all noises of one pattern and offset; the spectrum and the features are the pattern's. */
static void accumulate(run *r, place at, lc__moments *out) {
    const lc__spectrum *sp = &r->spectrum;
    size_t n = sp->n;
    memset(r->room, 0, (4 * n + 3 * n * n) * sizeof *r->room);
    sums s = {.alpha = r->room, .line = r->room + n, .square = r->room + 4 * n};
    double *alpha = r->room + 2 * n, *line = r->room + 3 * n;
    double *half = s.square + n * n, *square = half + n * n, mean = 0;
    project(r, at);
    for (size_t i = 0; i < n; i++)
        mean += sp->root[i] * sp->root[i] * r->z[i] / sp->weight;
    for (at.noise = 0; at.noise < LC__NOISES; at.noise++)
        if (*cell(r, at) > 0)
            add_noise_level(r, *cell(r, at), lc__noise[at.noise], mean, &s);
    to_samples(sp, s.alpha, alpha);
    to_samples(sp, s.line, line);
    /* h = w / sum w - A (cross / rest) / |s|; its second part is in s.line already. */
    for (size_t i = 0; i < n; i++)
        line[i] -= s.s2 * sp->root[i] * sp->root[i] / sp->weight;
    if (n > 1)
        square_to_samples(sp, s.square, half, square);
    spread(r, at, &s, alpha, line, square, out);
}

static bool counts(const run *r, place at) {
    for (at.noise = 0; at.noise < LC__NOISES; at.noise++)
        if (*cell(r, at) > 0)
            return true;
    return false;
}

/* Sums over the grid given the link. */
static lc_status collect(run *r, size_t link, lc__moments *out, lc_error *err) {
    place at = {.link = link};
    for (at.pattern = 0; at.pattern < r->grid->n_patterns; at.pattern++) {
        bool ready = false;
        for (at.offset = 0; at.offset < r->grid->n_offsets; at.offset++) {
            if (!counts(r, at))
                continue;
            if (!ready) {
                lc_status st = decompose(r, at, err);
                if (st != LC_OK)
                    return st;
                mix_features(r, at, r->feature);
                ready = true;
            }
            accumulate(r, at, out);
        }
    }
    size_t order = r->problem->width + 1;
    double scale = out->mass > 0 ? 1 / out->mass : 0;
    for (size_t i = 0; i < order; i++)
        out->mean[i] *= scale;
    for (size_t i = 0; i < order * order; i++)
        out->second[i] *= scale;
    for (int b = 0; b < LC__BLOCKS; b++) {
        out->own[b] *= scale;
        out->share[b] *= scale;
    }
    out->noise *= scale;
    return LC_OK;
}

static lc_status solve(run *r, lc__moments *moments, lc_error *err) {
    int passes = r->problem->n >= ROBUST_FROM ? ROBUST_PASSES : 0;
    lc_status st = weigh_cells(r, err);
    for (int i = 0; i < passes && st == LC_OK; i++) {
        st = reweigh(r, err);
        if (st == LC_OK)
            st = weigh_cells(r, err);
    }
    if (st == LC_OK)
        normalise(r);
    for (size_t link = 0; link < LC__LINKS && st == LC_OK; link++)
        st = collect(r, link, &moments[link], err);
    return st;
}

static lc_status run_alloc(run *r, lc_error *err) {
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

static void run_clear(run *r) {
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
    run r = {.problem = problem, .grid = grid};
    lc_status st = run_alloc(&r, err);
    for (size_t link = 0; link < LC__LINKS; link++) {
        moments[link] = (lc__moments){.mean = lc__doubles(order, 1, err)};
        moments[link].second = lc__doubles(order, order, err);
        if (!moments[link].mean || !moments[link].second)
            st = LC_ENOMEM;
    }
    if (st == LC_OK)
        st = solve(&r, moments, err);
    if (st == LC_OK)
        *inflation = (double)problem->n / r.spectrum.weight;
    run_clear(&r);
    return st;
}

void lc__moments_clear(lc__moments *moments) {
    free(moments->mean);
    free(moments->second);
    memset(moments, 0, sizeof *moments);
}
