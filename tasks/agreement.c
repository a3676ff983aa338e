#include "tasks/agreement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rank.h"

/* Columns with what is needed to correlate them. */
typedef struct columns {
    const double *values; /* [n][n_rows] */
    size_t n, n_rows;
    double *unit; /* [n][n_rows] ranks less their mean, of length 1; 0 where not measured */
    /* Scratch, [n_rows] each: */
    size_t *order;
    double *x, *y, *rank;
} columns;

static void clear_columns(columns *c) {
    free(c->unit);
    free(c->order);
    free(c->x);
    free(c->y);
    free(c->rank);
}

static const double *column(const columns *c, size_t i) {
    return c->values + i * c->n_rows;
}

/* Scales the ranks rank[m] to unit length around 0; all 0 if they are constant. */
static void normalise(double *rank, size_t m) {
    double mean = 0.5 * (double)(m + 1), square = 0;
    for (size_t i = 0; i < m; i++) {
        rank[i] -= mean;
        square += rank[i] * rank[i];
    }
    for (size_t i = 0; i < m && square > 0; i++)
        rank[i] /= sqrt(square);
}

/* Ranks column i once: pairs that were measured on the same nets share it. */
static void rank_column(columns *c, size_t i) {
    const double *v = column(c, i);
    size_t m = 0;
    for (size_t r = 0; r < c->n_rows; r++)
        if (!isnan(v[r]))
            c->x[m++] = v[r];
    lc__ranks(c->x, m, c->order, c->rank);
    normalise(c->rank, m);
    for (size_t r = 0, at = 0; r < c->n_rows; r++)
        c->unit[i * c->n_rows + r] = isnan(v[r]) ? 0 : c->rank[at++];
}

static lc_status open_columns(const double *values, size_t n, size_t n_rows, columns *c,
                              lc_error *err) {
    *c = (columns){.values = values, .n = n, .n_rows = n_rows};
    c->unit = calloc(n * n_rows + 1, sizeof *c->unit);
    c->order = malloc((n_rows + 1) * sizeof *c->order);
    c->x = malloc((n_rows + 1) * sizeof *c->x);
    c->y = malloc((n_rows + 1) * sizeof *c->y);
    c->rank = malloc((n_rows + 1) * sizeof *c->rank);
    if (!c->unit || !c->order || !c->x || !c->y || !c->rank)
        return lc__no_memory(err);
    for (size_t i = 0; i < n; i++)
        rank_column(c, i);
    return LC_OK;
}

/* rho and the number of common nets of columns i and j. */
static lc_status correlate(columns *c, size_t i, size_t j, size_t least, double *rho,
                           size_t *common, lc_error *err) {
    const double *a = column(c, i), *b = column(c, j);
    size_t m = 0;
    bool same = true;
    for (size_t r = 0; r < c->n_rows; r++) {
        same = same && isnan(a[r]) == isnan(b[r]);
        if (isnan(a[r]) || isnan(b[r]))
            continue;
        c->x[m] = a[r];
        c->y[m++] = b[r];
    }
    *common = m;
    *rho = NAN;
    if (m < least)
        return LC_OK;
    *rho = 0;
    const double *u = c->unit + i * c->n_rows, *v = c->unit + j * c->n_rows;
    for (size_t r = 0; r < c->n_rows && same; r++)
        *rho += u[r] * v[r];
    if (!same)
        *rho = lc__spearman(c->x, c->y, m);
    return isnan(*rho) ? lc__no_memory(err) : LC_OK;
}

static bool is_constant(const double *v, size_t n) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, v[i]); /* passes over NaN */
        high = fmax(high, v[i]);
    }
    return !(low < high);
}

static lc_status fill(columns *c, size_t least, lc__agreement *out, lc_error *err) {
    size_t n = c->n;
    lc_status st = LC_OK;
    for (size_t i = 0; i < n && st == LC_OK; i++) {
        out->constant[i] = is_constant(column(c, i), c->n_rows);
        for (size_t j = 0; j <= i && st == LC_OK; j++) {
            st = correlate(c, i, j, least, &out->rho[i * n + j], &out->common[i * n + j], err);
            out->rho[j * n + i] = out->rho[i * n + j];
            out->common[j * n + i] = out->common[i * n + j];
        }
        out->rho[i * n + i] = 1;
    }
    return st;
}

lc_status lc__agreement_measure(const double *values, size_t n, size_t n_rows, size_t least,
                                lc__agreement *out, lc_error *err) {
    *out = (lc__agreement){.n = n};
    out->rho = calloc(n * n + 1, sizeof *out->rho);
    out->common = calloc(n * n + 1, sizeof *out->common);
    out->constant = calloc(n + 1, sizeof *out->constant);
    if (!out->rho || !out->common || !out->constant)
        return lc__no_memory(err);
    columns c;
    lc_status st = open_columns(values, n, n_rows, &c, err);
    if (st == LC_OK)
        st = fill(&c, least, out, err);
    clear_columns(&c);
    return st;
}

void lc__agreement_clear(lc__agreement *agreement) {
    free(agreement->rho);
    free(agreement->common);
    free(agreement->constant);
    memset(agreement, 0, sizeof *agreement);
}

double lc__agreement_mean(const lc__agreement *a, size_t i) {
    double sum = 0;
    size_t n = 0;
    for (size_t j = 0; j < a->n; j++) {
        if (j == i || isnan(a->rho[i * a->n + j]))
            continue;
        sum += a->rho[i * a->n + j];
        n++;
    }
    return n ? sum / (double)n : NAN;
}

double lc__agreement_least(const lc__agreement *a, size_t i) {
    double least = NAN;
    for (size_t j = 0; j < a->n; j++)
        if (j != i)
            least = fmin(least, a->rho[i * a->n + j]); /* passes over NaN */
    return least;
}

size_t lc__agreement_proxy(const lc__agreement *a, const bool *left_out) {
    size_t best = a->n;
    double most = 0;
    for (size_t i = 0; i < a->n; i++) {
        double mean = lc__agreement_mean(a, i);
        if ((left_out && left_out[i]) || (best < a->n && !(mean > most)))
            continue;
        best = i;
        most = isnan(mean) ? -1 : mean;
    }
    return best;
}
