/* The moments of the forecast, summed over the grid. */
#include <math.h>
#include <string.h>
#include "linalg.h"
#include "run.h"

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

static void add_noise_level(const lc__run *r, double p, double noise, double mean, sums *out) {
    const lc__spectrum *sp = &r->spectrum;
    size_t m = sp->n - 1;
    double s2 = lc__run_energy(r, noise) / lc__run_degrees(r), root = sqrt(sp->weight);
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
static void mix_features(const lc__run *r, lc__place at, double *feature) {
    const lc__problem *p = r->problem;
    memset(feature, 0, p->n * p->width * sizeof *feature);
    for (int b = 0; b < LC__BLOCKS; b++)
        if (p->feature[at.link][b])
            lc__axpy(p->n * p->width, r->grid->pattern[at.pattern].weight[b],
                     p->feature[at.link][b], feature);
}

/* Adds one pattern and offset to the moments. alpha, line [n] and square [n][n] are over samples.
 */
static void spread(lc__run *r, lc__place at, const sums *s, const double *alpha, const double *line,
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
static void accumulate(lc__run *r, lc__place at, lc__moments *out) {
    const lc__spectrum *sp = &r->spectrum;
    size_t n = sp->n;
    memset(r->room, 0, (4 * n + 3 * n * n) * sizeof *r->room);
    sums s = {.alpha = r->room, .line = r->room + n, .square = r->room + 4 * n};
    double *alpha = r->room + 2 * n, *line = r->room + 3 * n;
    double *half = s.square + n * n, *square = half + n * n, mean = 0;
    lc__run_project(r, at);
    for (size_t i = 0; i < n; i++)
        mean += sp->root[i] * sp->root[i] * r->z[i] / sp->weight;
    for (at.noise = 0; at.noise < LC__NOISES; at.noise++)
        if (*lc__run_cell(r, at) > 0)
            add_noise_level(r, *lc__run_cell(r, at), lc__noise[at.noise], mean, &s);
    to_samples(sp, s.alpha, alpha);
    to_samples(sp, s.line, line);
    /* h = w / sum w - A (cross / rest) / |s|; its second part is in s.line already. */
    for (size_t i = 0; i < n; i++)
        line[i] -= s.s2 * sp->root[i] * sp->root[i] / sp->weight;
    if (n > 1)
        square_to_samples(sp, s.square, half, square);
    spread(r, at, &s, alpha, line, square, out);
}

static bool counts(const lc__run *r, lc__place at) {
    for (at.noise = 0; at.noise < LC__NOISES; at.noise++)
        if (*lc__run_cell(r, at) > 0)
            return true;
    return false;
}

/* Sums over the grid given the link. */
lc_status lc__run_collect(lc__run *r, size_t link, lc__moments *out, lc_error *err) {
    lc__place at = {.link = link};
    for (at.pattern = 0; at.pattern < r->grid->n_patterns; at.pattern++) {
        bool ready = false;
        for (at.offset = 0; at.offset < r->grid->n_offsets; at.offset++) {
            if (!counts(r, at))
                continue;
            if (!ready) {
                lc_status st = lc__run_decompose(r, at, err);
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
