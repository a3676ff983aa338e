/* What a choice of nets is good for, by the design that choices go by. */
#include <math.h>
#include <stdlib.h>
#include "adapted.h"
#include "base/stats.h"
#include "design.h"

/* The candidates that stand for all: the first ones, which are a random draw. */
#define CROWD 1000

/* ---- the interval that forecasts will have ---- */

/* Of the design's rows that stand for all, n of them: today's intervals as forecasts have them, and
 * what they become. */
typedef struct outlook {
    const lc_predictor *p;
    size_t n, *row;
    double *sure;     /* [n] square of half the interval as a share, without the occasion's part */
    double *variance; /* [n] of a measurement of the row, by the design of today */
    double *half;     /* [n] scratch */
    double least_reach, last;
} outlook;

static void outlook_clear(outlook *o) {
    free(o->row);
    free(o->sure);
}

static lc_status outlook_alloc(outlook *o, size_t n, lc_error *err) {
    o->row = malloc((n + 1) * sizeof *o->row);
    o->sure = malloc((3 * n + 1) * sizeof *o->sure);
    if (!o->row || !o->sure) {
        lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", n);
        return LC_ENOMEM;
    }
    o->variance = o->sure + n;
    o->half = o->variance + n;
    return LC_OK;
}

static double median(outlook *o) {
    lc__sort(o->half, o->n);
    return lc__quantile(o->half, o->n, 0.5);
}

static double variance_of(const lc__design *d, size_t row) {
    return fmax(d->cov[row * d->n + row], 0) + d->noise[row];
}

/* Today's intervals, asked of the predictor as any forecast is; returns their median. */
static lc_status look_now(outlook *o, const lc__design *d, double *half_now) {
    double occasion = o->p->reach * o->p->repeatability;
    o->least_reach = o->p->reach;
    for (size_t i = 0; i < o->n; i++) {
        lc_forecast f;
        lc_status st = lc__predictor_query_point(o->p, d->point[o->row[i]], &f);
        if (st != LC_OK)
            return st;
        o->half[i] = (f.high - f.low) / 2 / f.latency;
        o->sure[i] = fmax(o->half[i] * o->half[i] - occasion * occasion, 0);
        o->variance[i] = variance_of(d, o->row[i]);
    }
    *half_now = o->last = median(o);
    return LC_OK;
}

/* Fills half and occasion: the median that is expected once n are measured and the design has taken
 * them: today's intervals, less by what the variance falls. What calibrates an interval to few
 * samples widens it again when there are more, though by then the noise is found to be less: both
 * are left out, and an expectation never rises. Another occasion is no smaller for any samples. */
static void look_ahead(outlook *o, const lc__design *d, double n, lc__pick *pick) {
    double occasion = lc__reach(n) * o->p->repeatability;
    o->least_reach = fmin(o->least_reach, lc__reach(n));
    double narrower = o->least_reach / o->p->reach;
    for (size_t i = 0; i < o->n; i++) {
        double left = o->variance[i] > 0 ? variance_of(d, o->row[i]) / o->variance[i] : 1;
        o->half[i] = sqrt(o->sure[i] * left * narrower * narrower + occasion * occasion);
    }
    o->last = fmin(o->last, median(o));
    pick->half = o->last;
    pick->occasion = occasion;
}

/* ---- net by net ---- */

/* Fills pick[k]; the chosen ones are the first k rows of the design. `look` is NULL where nothing
 * of the device is known. */
static void judge(lc__design *d, outlook *look, size_t n_measured, size_t k, lc__pick *pick) {
    double all = lc__design_variance(d);
    for (size_t i = 0; i < k; i++) {
        pick[i].tells = all > 0 ? lc__design_gain(d, i) / all : 0;
        pick[i].latency = look ? d->mean[i] * d->unit : 0;
        pick[i].half = pick[i].occasion = 0;
        lc__design_take(d, i);
        if (look)
            look_ahead(look, d, (double)(n_measured + i + 1), &pick[i]);
    }
}

static lc_status judge_with(lc__design *d, const lc_predictor *p, const lc__selection *from,
                            const size_t *chosen, size_t k, lc__pick *pick, double *half_now,
                            lc_error *err) {
    outlook look = {.p = p};
    lc_status st = outlook_alloc(&look, d->n_open, err);
    if (st == LC_OK) {
        for (size_t i = 0; i < d->n_open; i++)
            if (i >= k || chosen[i] < CROWD)
                look.row[look.n++] = i;
        st = look_now(&look, d, half_now);
    }
    if (st == LC_OK)
        judge(d, &look, from->n_measured, k, pick);
    outlook_clear(&look);
    return st;
}

/* The chosen ones, then the others of the first CROWD, as rows; *n is their number. */
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
    for (size_t i = 0; i < from->n && i < CROWD; i++)
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
    lc_status st = lc__design_make(&d, &order, true, order.n, &p, err);
    *half_now = 0;
    if (st == LC_OK && p)
        st = judge_with(&d, p, from, chosen, k, pick, half_now, err);
    else if (st == LC_OK)
        judge(&d, NULL, from->n_measured, k, pick);
    lc__design_clear(&d);
    lc_predictor_free(p);
    free(rows);
    return st;
}
