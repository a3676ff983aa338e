#include "costs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg.h"

/* Multiply-accumulates per element moved, a balance that CPUs and accelerators lie around. */
#define BALANCE 16.0
/* A cost that leaves less than this share of another's variance over to tell them apart by is left
 * out. */
#define REPEAT 0.02
/* Weight of the prior beside the mean square of a net's relative error. */
#define PULL 1e-3

enum { SWEEPS = 2000, LAUNCHES = LC__FAMILIES, DEPTH, FIXED };

static const char *cost_name(size_t k) {
    static const char *const whole[] = {"launches", "depth", "fixed"};
    return k < LC__FAMILIES ? lc__family_name((lc__family)k) : whole[k - LC__FAMILIES];
}

/* Cost k of a net, in roofline time (a family), operators (LAUNCHES, DEPTH) or 1. What carries data
 * counts: most boards skip the rest. */
static double cost_of(const lc__point *point, size_t k) {
    const double *x = point->x + (size_t)LC__VARIANT_LIVE * LC__VARIANT_FEATURES;
    double count = 0;
    if (k < LC__FAMILIES)
        return x[k * LC__PER_FAMILY + 1] / BALANCE + x[k * LC__PER_FAMILY + 3] / 4;
    for (size_t f = 0; f < LC__FAMILIES && k == LAUNCHES; f++)
        count += x[f * LC__PER_FAMILY];
    return k == LAUNCHES ? count : k == DEPTH ? x[LC__COL_PATHS] : 1;
}

/* Whether a[n] and b[n], both of mean 1, say the same of the nets: b NULL is 1 throughout. */
static bool repeats(const double *a, const double *b, size_t n) {
    double off = 0, spread = 0;
    for (size_t i = 0; i < n; i++) {
        double other = b ? b[i] : 1;
        off += (a[i] - other) * (a[i] - other);
        spread += (a[i] - 1) * (a[i] - 1);
    }
    return b ? off < REPEAT * spread : spread < 1e-12 * (double)n;
}

lc_status lc__costs_take(const lc__point *points, size_t n, lc__costs *out, lc_error *err) {
    *out = (lc__costs){.n = n};
    out->value = lc__doubles(LC__COSTS_MAX, n, err);
    if (!out->value)
        return LC_ENOMEM;
    double total = 0;
    for (size_t k = 0; k < LC__COSTS_MAX; k++) {
        double *value = out->value + out->n_costs * n, mean = 0;
        for (size_t i = 0; i < n; i++) {
            value[i] = cost_of(&points[i], k);
            mean += value[i] / (double)n;
        }
        if (mean <= 0)
            continue;
        for (size_t i = 0; i < n; i++)
            value[i] /= mean;
        if (k != FIXED && repeats(value, NULL, n))
            continue;
        if (k == DEPTH && out->n_costs > 0 && repeats(value, value - n, n))
            continue; /* nets without branches: all operators are on the longest path */
        out->prior[out->n_costs] = k < LC__FAMILIES ? mean : 0;
        total += out->prior[out->n_costs];
        out->name[out->n_costs++] = cost_name(k);
    }
    for (size_t k = 0; k < out->n_costs && total > 0; k++)
        out->prior[k] /= total;
    return LC_OK;
}

void lc__costs_clear(lc__costs *costs) {
    free(costs->value);
    memset(costs, 0, sizeof *costs);
}

/* Normal equations of the relative errors: gram[k][l] = mean of v_k v_l / y^2, pull[k] = mean of
 * v_k / y with y in units of its mean. */
static void accumulate(const lc__costs *c, const double *latency, double mean, double *gram,
                       double *pull) {
    size_t m = c->n_costs;
    memset(gram, 0, m * m * sizeof *gram);
    memset(pull, 0, m * sizeof *pull);
    for (size_t i = 0; i < c->n; i++) {
        double y = latency[i] / mean;
        for (size_t k = 0; k < m; k++) {
            double v = c->value[k * c->n + i] / y / (double)c->n;
            pull[k] += v;
            for (size_t l = 0; l < m; l++)
                gram[k * m + l] += v * c->value[l * c->n + i] / y;
        }
    }
}

void lc__costs_split(const lc__costs *c, const double *latency, double *share) {
    double gram[LC__COSTS_MAX * LC__COSTS_MAX], pull[LC__COSTS_MAX], mean = 0, total = 0;
    size_t m = c->n_costs;
    for (size_t i = 0; i < c->n; i++)
        mean += latency[i] / (double)c->n;
    accumulate(c, latency, mean, gram, pull);
    memcpy(share, c->prior, m * sizeof *share);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double moved = 0;
        for (size_t k = 0; k < m; k++) {
            double own = gram[k * m + k];
            double rest = pull[k] - lc__dot(m, gram + k * m, share) + own * share[k];
            double next = fmax((rest + PULL * c->prior[k]) / (own + PULL), 0);
            moved = fmax(moved, fabs(next - share[k]));
            share[k] = next;
        }
        if (moved < 1e-7)
            break;
    }
    for (size_t k = 0; k < m; k++)
        total += share[k];
    for (size_t k = 0; k < m && total > 0; k++)
        share[k] /= total;
}
