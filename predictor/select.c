/* Which nets to measure: a few medoids (typical nets), then greedily the net whose forecast would
 * be the least certain (D-optimal design). Medoids alone miss the extremes that a regression needs,
 * extremes alone tell little about the crowd. No measured value is used. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "predictor/batch.h"
#include "linalg.h"
#include "scale.h"

/* Larger sets of candidates are thinned to this many, evenly. */
#define CANDIDATES_MAX 2000
/* Up to this many nets are chosen by uncertainty alone; half of the rest are medoids. */
#define NO_MEDOIDS 10
#define MEDOID_PASSES 5
/* Variance of the constant and of the noise, where the nets' mean variance is 1. */
#define CONSTANT_VARIANCE 10.0
#define NOISE_VARIANCE 0.1

typedef struct design {
    size_t n, width;
    double *x;        /* [n][width] candidates, then what is measured; centred, mean |x|^2 = 1 */
    size_t n_open;    /* the first n_open may be chosen */
    double *variance; /* [n] of the forecast given what is chosen */
    double *factor;   /* [k][n] rows of the incremental Cholesky factor */
    size_t k;
    bool *taken; /* [n] */
} design;

static void design_clear(design *d) {
    free(d->x);
    free(d->variance);
    free(d->factor);
    free(d->taken);
}

/* All blocks side by side. The main ones count half and are sharpened once more than in their
 * kernel: for choosing nets, their first few directions matter. */
static void design_row(const lc__core *core, const lc__scale *scale, const lc__point *point,
                       double *x) {
    double u[LC__EMBED_MAX];
    size_t at = 0;
    lc__standardise(core, scale, point, u);
    for (int b = 0; b < LC__BLOCKS; b++) {
        const double *sharp = lc__block_sharp(scale, b);
        size_t first, n;
        lc__block_columns(core, b, LC__LINK_LINEAR, &first, &n);
        for (size_t i = 0; i < n; i++)
            x[at++] = sharp ? sqrt(0.5) * lc__dot(n, sharp + i * n, u + first) : u[first + i];
    }
}

static size_t design_width(const lc__core *core) {
    return LC__EMBED_SIZES + LC__ALL_TOTALS + core->n_sources; /* totals appear twice */
}

static void centre_and_scale(design *d) {
    double *mean = d->variance, norm = 0; /* variance is not in use yet */
    memset(mean, 0, d->width * sizeof *mean);
    for (size_t i = 0; i < d->n_open; i++)
        lc__axpy(d->width, 1 / (double)d->n_open, d->x + i * d->width, mean);
    for (size_t i = 0; i < d->n; i++)
        lc__axpy(d->width, -1, mean, d->x + i * d->width);
    for (size_t i = 0; i < d->n_open; i++)
        norm += lc__dot(d->width, d->x + i * d->width, d->x + i * d->width) / (double)d->n_open;
    for (size_t i = 0; i < d->n * d->width && norm > 0; i++)
        d->x[i] /= sqrt(norm);
    for (size_t i = 0; i < d->n; i++)
        d->variance[i] =
            lc__dot(d->width, d->x + i * d->width, d->x + i * d->width) + CONSTANT_VARIANCE;
}

/* Takes row j as measured: every variance falls by what it tells. Further copies of the row come
 * last of all: a net is not worth measuring twice. */
static void condition(design *d, size_t j) {
    double *l = d->factor + d->k * d->n;
    for (size_t i = 0; i < d->n; i++)
        l[i] = lc__dot(d->width, d->x + i * d->width, d->x + j * d->width) + CONSTANT_VARIANCE;
    for (size_t r = 0; r < d->k; r++)
        lc__axpy(d->n, -d->factor[r * d->n + j], d->factor + r * d->n, l);
    double root = sqrt(fmax(d->variance[j], 0) + NOISE_VARIANCE);
    for (size_t i = 0; i < d->n; i++) {
        l[i] /= root;
        d->variance[i] -= l[i] * l[i];
        if (memcmp(d->x + i * d->width, d->x + j * d->width, d->width * sizeof *d->x) == 0)
            d->variance[i] = -1;
    }
    d->taken[j] = true;
    d->k++;
}

/* Distances between the open candidates: far[n_open][n_open]. */
static void distances(const design *d, double *far) {
    size_t n = d->n_open;
    lc__gemm(false, true, n, n, d->width, -2, d->x, d->x, 0, far);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            far[i * n + j] += d->variance[i] + d->variance[j] - 2 * CONSTANT_VARIANCE;
    for (size_t i = 0; i < n * n; i++)
        far[i] = sqrt(fmax(far[i], 0));
}

/* Greedy start: each medoid lessens the total distance to the nearest one the most. */
static void build_medoids(const design *d, const double *far, double *near, size_t *medoid,
                          size_t m) {
    size_t n = d->n_open;
    for (size_t i = 0; i < n; i++)
        near[i] = INFINITY;
    for (size_t k = 0; k < m; k++) {
        double best = INFINITY;
        for (size_t c = 0; c < n; c++) {
            double sum = d->taken[c] ? INFINITY : 0;
            for (size_t i = 0; i < n && sum < best; i++)
                sum += fmin(far[c * n + i], near[i]);
            if (sum < best) {
                best = sum;
                medoid[k] = c;
            }
        }
        d->taken[medoid[k]] = true;
        for (size_t i = 0; i < n; i++)
            near[i] = fmin(near[i], far[medoid[k] * n + i]);
    }
}

static size_t nearest(const double *far, size_t n, const size_t *medoid, size_t m, size_t i) {
    size_t best = 0;
    for (size_t k = 1; k < m; k++)
        if (far[medoid[k] * n + i] < far[medoid[best] * n + i])
            best = k;
    return best;
}

/* One alternation: candidates join their nearest medoid, each cluster elects its own. Returns
 * whether anything changed. `cluster` is scratch [n_open]. */
static bool improve_medoids(const design *d, const double *far, size_t *cluster, size_t *medoid,
                            size_t m) {
    size_t n = d->n_open;
    bool changed = false;
    for (size_t i = 0; i < n; i++)
        cluster[i] = nearest(far, n, medoid, m, i);
    for (size_t k = 0; k < m; k++) {
        double best = INFINITY;
        size_t elected = medoid[k];
        for (size_t c = 0; c < n; c++) {
            double sum = 0;
            for (size_t i = 0; i < n && cluster[c] == k && sum < best; i++)
                sum += cluster[i] == k ? far[c * n + i] : 0;
            if (cluster[c] == k && sum < best) {
                best = sum;
                elected = c;
            }
        }
        changed = changed || elected != medoid[k];
        medoid[k] = elected;
    }
    return changed;
}

static lc_status choose_medoids(design *d, size_t m, size_t *medoid, lc_error *err) {
    size_t n = d->n_open;
    double *far = lc__doubles(n + 1, n, err);
    size_t *cluster = calloc(n + 1, sizeof *cluster);
    lc_status st = LC_OK;
    if (!far || !cluster) {
        st = lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", n);
    } else {
        distances(d, far);
        build_medoids(d, far, far + n * n, medoid, m);
        for (int i = 0; i < MEDOID_PASSES; i++)
            if (!improve_medoids(d, far, cluster, medoid, m))
                break;
        /* Only conditioning marks what is taken: alternations may have moved medoids. */
        memset(d->taken, 0, d->n * sizeof *d->taken);
    }
    free(far);
    free(cluster);
    return st;
}

static size_t least_certain(const design *d) {
    size_t best = d->n_open;
    for (size_t i = 0; i < d->n_open; i++)
        if (!d->taken[i] && (best == d->n_open || d->variance[i] > d->variance[best]))
            best = i;
    return best;
}

static lc_status choose(design *d, size_t k, size_t *chosen, lc_error *err) {
    size_t m = 0;
    if (d->n == d->n_open && k > NO_MEDOIDS)
        m = (k - NO_MEDOIDS) / 2;
    for (size_t i = d->n_open; i < d->n; i++)
        condition(d, i);
    lc_status st = m ? choose_medoids(d, m, chosen, err) : LC_OK;
    if (st != LC_OK)
        return st;
    for (size_t i = 0; i < k; i++) {
        /* Clusters of equal nets may elect the same medoid. */
        if (i >= m || d->taken[chosen[i]])
            chosen[i] = least_certain(d);
        condition(d, chosen[i]);
    }
    return LC_OK;
}

static lc_status design_alloc(design *d, size_t k, lc_error *err) {
    d->x = lc__doubles(d->n, d->width, err);
    d->variance = lc__doubles(d->n + d->width, 1, err);
    d->factor = lc__doubles(k + d->n - d->n_open, d->n, err);
    d->taken = calloc(d->n, sizeof *d->taken);
    if (d->x && d->variance && d->factor && d->taken)
        return LC_OK;
    return lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", d->n);
}

lc_status lc__model_select_points(const lc_model *model, const lc__point *points,
                                  const size_t *measured, size_t n_measured,
                                  const size_t *candidates, size_t n, size_t k,
                                  const lc_adapt_options *options, size_t *chosen, lc_error *err) {
    if (k > n)
        return lc_error_set(err, LC_EUSAGE, "%zu nets cannot be chosen from %zu", k, n);
    if (k == 0)
        return LC_OK;
    bool without[LC__SOURCES_MAX];
    lc__scale scale;
    lc__mark_without(model->core, options, without);
    lc_status st = lc__scale_choose(model, points, candidates, n, without, &scale, err);
    if (st != LC_OK)
        return st;
    /* Candidates evenly thinned to as many as fit, but to no fewer than are asked for. */
    size_t most = k > CANDIDATES_MAX ? k : CANDIDATES_MAX, n_open = n < most ? n : most;
    design d = {.n = n_open + n_measured, .n_open = n_open, .width = design_width(model->core)};
    st = design_alloc(&d, k, err);
    if (st == LC_OK) {
        for (size_t i = 0; i < n_open; i++)
            design_row(model->core, &scale, &points[candidates[i * n / n_open]], d.x + i * d.width);
        for (size_t i = 0; i < n_measured; i++)
            design_row(model->core, &scale, &points[measured[i]], d.x + (n_open + i) * d.width);
        centre_and_scale(&d);
        st = choose(&d, k, chosen, err);
        for (size_t i = 0; i < k && st == LC_OK && n_open < n; i++)
            chosen[i] = chosen[i] * n / n_open;
    }
    design_clear(&d);
    return st;
}
