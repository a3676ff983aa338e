#include "predictor/posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "predictor/linalg.h"
#include "predictor/spectrum.h"

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
    double *z, *g;    /* [n] scratch: target less offset, its coordinates */
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
    double p, c, cc; /* sum of p; p c; p (c^2 + s2 own_constant) */
    double *alpha;   /* [m] p g / rest */
    double *line;    /* [m] p (c g / rest + s2 cross / rest / |s|) */
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

/* Adds one pattern and offset to the moments. alpha, line [n] and square [n][n] are over samples.
 */
static void spread(const run *r, place at, const sums *s, const double *alpha, const double *line,
                   const double *square, lc__dual *dual) {
    size_t n = r->problem->n, size = LC__BLOCKS * n + 3, one = size - 1;
    const lc__offset *o = &r->grid->offset[at.offset];
    size_t v = LC__BLOCKS * n + (size_t)o->variant;
    const double *w = r->grid->pattern[at.pattern].weight;
    for (size_t b = 0; b < LC__BLOCKS; b++) {
        if (w[b] == 0)
            continue;
        dual->own[b] += s->s2 * w[b];
        dual->share[b] += s->p * w[b];
        lc__axpy(n, w[b], alpha, dual->mean + b * n);
        for (size_t i = 0; i < n; i++) {
            double *row = dual->second + (b * n + i) * size;
            row[one] += w[b] * line[i];
            row[v] += w[b] * o->slope * alpha[i];
            dual->second[one * size + b * n + i] += w[b] * line[i];
            dual->second[v * size + b * n + i] += w[b] * o->slope * alpha[i];
            for (size_t d = 0; d < LC__BLOCKS; d++)
                if (w[d] > 0)
                    lc__axpy(n, w[b] * w[d], square + i * n, row + d * n);
        }
    }
    dual->mean[one] += s->c;
    dual->mean[v] += o->slope * s->p;
    dual->second[one * size + one] += s->cc;
    dual->second[v * size + v] += o->slope * o->slope * s->p;
    dual->second[one * size + v] += o->slope * s->c;
    dual->second[v * size + one] += o->slope * s->c;
    dual->noise += s->noise;
    dual->mass += s->p;
}

/* Adds all noises of one pattern and offset; the spectrum is that of the pattern. `room` holds
 * 4 n + 3 n n numbers. */
static void accumulate(run *r, place at, double *room, lc__dual *dual) {
    const lc__spectrum *sp = &r->spectrum;
    size_t n = sp->n, m = n - 1;
    memset(room, 0, (4 * n + 3 * n * n) * sizeof *room);
    sums s = {.alpha = room, .line = room + n, .square = room + 4 * n};
    double *alpha = room + 2 * n, *line = room + 3 * n;
    double *half = s.square + n * n, *square = half + n * n, mean = 0, total_s2 = 0;
    project(r, at);
    for (size_t i = 0; i < n; i++)
        mean += sp->root[i] * sp->root[i] * r->z[i] / sp->weight;
    for (at.noise = 0; at.noise < LC__NOISES; at.noise++)
        if (*cell(r, at) > 0)
            add_noise_level(r, *cell(r, at), lc__noise[at.noise], mean, &s);
    total_s2 = s.s2;
    to_samples(sp, s.alpha, alpha);
    to_samples(sp, s.line, line);
    /* h = w / sum w - A (cross / rest) / |s|; its second part is in s.line already. */
    for (size_t i = 0; i < n; i++)
        line[i] -= total_s2 * sp->root[i] * sp->root[i] / sp->weight;
    if (m > 0)
        square_to_samples(sp, s.square, half, square);
    spread(r, at, &s, alpha, line, square, dual);
}

static bool counts(const run *r, place at) {
    for (at.noise = 0; at.noise < LC__NOISES; at.noise++)
        if (*cell(r, at) > 0)
            return true;
    return false;
}

/* Sums over the grid given the link. */
static lc_status collect(run *r, size_t link, double *room, lc__dual *dual, lc_error *err) {
    place at = {.link = link};
    for (at.pattern = 0; at.pattern < r->grid->n_patterns; at.pattern++) {
        bool decomposed = false;
        for (at.offset = 0; at.offset < r->grid->n_offsets; at.offset++) {
            if (!counts(r, at))
                continue;
            lc_status st = decomposed ? LC_OK : decompose(r, at, err);
            if (st != LC_OK)
                return st;
            decomposed = true;
            accumulate(r, at, room, dual);
        }
    }
    size_t size = LC__BLOCKS * r->problem->n + 3;
    double scale = dual->mass > 0 ? 1 / dual->mass : 0;
    for (size_t i = 0; i < size; i++)
        dual->mean[i] *= scale;
    for (size_t i = 0; i < size * size; i++)
        dual->second[i] *= scale;
    for (int b = 0; b < LC__BLOCKS; b++) {
        dual->own[b] *= scale;
        dual->share[b] *= scale;
    }
    dual->noise *= scale;
    return LC_OK;
}

static lc_status solve(run *r, double *room, lc__dual *dual, lc_error *err) {
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
        st = collect(r, link, room, &dual[link], err);
    return st;
}

lc_status lc__posterior(const lc__problem *problem, const lc__grid *grid, lc__dual *dual,
                        double *inflation, lc_error *err) {
    size_t n = problem->n, size = LC__BLOCKS * n + 3;
    run r = {.problem = problem, .grid = grid};
    double *room = lc__doubles(4 + 3 * n, n, err);
    lc_status st = lc__spectrum_alloc(n, &r.spectrum, err);
    r.evidence = lc__doubles(n_cells(grid), 1, err);
    r.z = lc__doubles(2, n, err);
    bool good = st == LC_OK && room && r.evidence && r.z;
    for (size_t link = 0; link < LC__LINKS; link++) {
        dual[link] = (lc__dual){.mean = lc__doubles(size, 1, err)};
        dual[link].second = lc__doubles(size, size, err);
        good = good && dual[link].mean && dual[link].second;
    }
    st = LC_ENOMEM;
    if (good) {
        r.g = r.z + n;
        st = solve(&r, room, dual, err);
        *inflation = (double)n / r.spectrum.weight;
    }
    lc__spectrum_clear(&r.spectrum);
    free(r.evidence);
    free(r.z);
    free(room);
    return st;
}

void lc__dual_clear(lc__dual *dual) {
    free(dual->mean);
    free(dual->second);
    memset(dual, 0, sizeof *dual);
}
