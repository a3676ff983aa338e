/* What a choice of nets is good for, by the design that choices go by. */
#include <math.h>
#include <stdlib.h>
#include "adapted.h"
#include "base/stats.h"
#include "design.h"
#include "linalg.h"

/* Candidates beside the chosen ones that stand for all. */
#define CROWD 1000

/* Median over the candidates of half a 90 % interval as a share of the latency, when it reaches
 * `reach` standard deviations; half[n_open] is scratch. */
static double median_half(const lc__design *d, double reach, double *half) {
    for (size_t i = 0; i < d->n_open; i++)
        half[i] = reach * sqrt(fmax(d->cov[i * d->n + i], 0) + d->noise[i]) / d->mean[i];
    lc__sort(half, d->n_open);
    return lc__quantile(half, d->n_open, 0.5);
}

/* Fills pick[k]; the chosen ones are the first k rows of the design. */
static void judge(lc__design *d, const lc_predictor *p, size_t n_measured, size_t k, lc__pick *pick,
                  double *half_now, double *scratch) {
    double all = lc__design_variance(d);
    *half_now = p ? median_half(d, lc__reach((double)n_measured), scratch) : 0;
    for (size_t i = 0; i < k; i++) {
        pick[i].tells = all > 0 ? lc__design_gain(d, i) / all : 0;
        pick[i].latency = p ? d->mean[i] * d->unit : 0;
        lc__design_take(d, i);
        pick[i].half = p ? median_half(d, lc__reach((double)(n_measured + i + 1)), scratch) : 0;
    }
}

/* The chosen ones, then the first others up to CROWD, as rows; *n is their number. */
static size_t *chosen_first(const lc__selection *from, const size_t *chosen, size_t k, size_t *n,
                            lc_error *err) {
    size_t *rows = malloc((from->n + 1) * sizeof *rows), at = 0;
    bool *taken = calloc(from->n + 1, sizeof *taken);
    if (!rows || !taken) {
        free(rows);
        free(taken);
        lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", from->n);
        return NULL;
    }
    for (size_t i = 0; i < k; i++) {
        rows[at++] = from->candidates[chosen[i]];
        taken[chosen[i]] = true;
    }
    for (size_t i = 0; i < from->n && at < k + CROWD; i++)
        if (!taken[i])
            rows[at++] = from->candidates[i];
    free(taken);
    *n = at;
    return rows;
}

lc_status lc__judge(const lc__selection *from, const size_t *chosen, size_t k, lc__pick *pick,
                    double *half_now, lc_error *err) {
    lc__selection order = *from;
    size_t *rows = chosen_first(from, chosen, k, &order.n, err);
    if (!rows)
        return LC_ENOMEM;
    order.candidates = rows;
    lc_predictor *p = NULL;
    lc__design d = {0};
    double *scratch = lc__doubles(order.n, 1, err);
    lc_status st = scratch ? lc__design_make(&d, &order, true, order.n, &p, err) : LC_ENOMEM;
    *half_now = 0;
    if (st == LC_OK && d.n_open > 0)
        judge(&d, p, from->n_measured, k, pick, half_now, scratch);
    lc__design_clear(&d);
    lc_predictor_free(p);
    free(scratch);
    free(rows);
    return st;
}
