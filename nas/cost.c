#include "cost.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "quantile.h"
#include "vectors.h"

/* Costs are sums if their differences agree to so much of the cost. */
#define SUM_SLACK 1e-9
#define SUM_NETS 3

static bool exact(const lc_nas_cost *c) {
    return !c->predictor || c->confidence <= 0.5;
}

static lc_status ask_measure(const lc_nas_cost *c, const int *choices, double *value,
                             lc_error *err) {
    lc_status st = c->measure->value(c->measure->ctx, choices, value, err);
    if (st == LC_OK && !(isfinite(*value) && *value >= 0))
        st = lc_error_set(err, LC_ERUNTIME, "the %s of a net must be finite and not below 0, is %g",
                          c->name, *value);
    return st;
}

lc_status lc__cost_value(const lc_nas_problem *p, int cost, const int *choices, lc_nas_value *out,
                         lc_error *err) {
    const lc_nas_cost *c = &p->costs[cost];
    lc_status st = LC_OK;
    if (c->table) {
        out->mean = c->base + lc__score_of(p, c->table, choices);
    } else if (c->measure) {
        st = ask_measure(c, choices, &out->mean, err);
    } else if (exact(c)) {
        st = lc_choice_predictor_batch(c->predictor, choices, 1, &out->mean, NULL, NULL, err);
    } else {
        lc_forecast f;
        st = lc_choice_predictor_query(c->predictor, choices, &f, err);
        out->mean = f.latency;
        out->upper = lc__upper_quantile(f.latency, f.high, lc__quantile_reach(c->confidence));
        return st;
    }
    out->upper = out->mean;
    return st;
}

lc_status lc_nas_cost_of(const lc_nas_problem *problem, int cost, const int *choices,
                         lc_nas_value *out, lc_error *err) {
    for (int i = 0; i < problem->n_positions; i++)
        if (choices[i] < 0 || choices[i] >= problem->n_options[i])
            return lc_error_set(err, LC_EFORMAT, "choice %d must be in 0 .. %d, is %d", i,
                                problem->n_options[i] - 1, choices[i]);
    return lc__cost_value(problem, cost, choices, out, err);
}

lc_status lc_nas_fits(const lc_nas_problem *problem, const int *choices, bool *within,
                      bool *on_target, lc_error *err) {
    lc_status st = LC_OK;
    *within = *on_target = true;
    for (int k = 0; k < problem->n_costs && st == LC_OK; k++) {
        double limit = problem->costs[k].limit;
        lc_nas_value v = {0, 0};
        if (limit <= 0)
            continue;
        st = lc_nas_cost_of(problem, k, choices, &v, err);
        *within = *within && v.upper <= limit;
        if (k == lc__target(problem))
            *on_target = v.upper >= (1 - problem->tolerance) * limit;
    }
    *on_target = *on_target && *within;
    return st;
}

lc_status lc__cost_neighbours(const lc_nas_problem *p, int cost, int *choices, double *upper,
                              lc_error *err) {
    const lc_nas_cost *c = &p->costs[cost];
    if (c->predictor && exact(c))
        return lc_choice_predictor_neighbours(c->predictor, choices, upper, err);
    lc_status st = LC_OK;
    for (int i = 0; i < p->n_positions && st == LC_OK; i++) {
        int own = choices[i];
        for (int o = 0; o < p->n_options[i] && st == LC_OK; o++) {
            lc_nas_value v = {0, 0};
            choices[i] = o;
            st = lc__cost_value(p, cost, choices, &v, err);
            *upper++ = v.upper;
        }
        choices[i] = own;
    }
    return st;
}

static lc_status relaxed_mean(const lc_nas_problem *p, const lc_nas_cost *c,
                              const double *probability, double *value, double *gradient,
                              lc_error *err) {
    if (c->predictor)
        return lc_choice_predictor_relaxed(c->predictor, probability, value, gradient, err);
    if (c->measure)
        return c->measure->relaxed(c->measure->ctx, probability, value, gradient, err);
    size_t places = lc_nas_place(p, p->n_positions);
    *value = c->base;
    for (size_t k = 0; k < places; k++)
        *value += probability[k] * c->table[k];
    memcpy(gradient, c->table, places * sizeof *gradient);
    return LC_OK;
}

lc_status lc__cost_relaxed(const lc_nas_problem *p, int cost, const double *probability,
                           double *value, double *gradient, lc_error *err) {
    const lc_nas_cost *c = &p->costs[cost];
    lc_status st = relaxed_mean(p, c, probability, value, gradient, err);
    if (st != LC_OK || exact(c))
        return st;
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_value v = {1, 1};
    lc__largest(p, probability, choices);
    st = lc__cost_value(p, cost, choices, &v, err);
    double raise = v.upper / v.mean;
    *value *= raise;
    for (size_t k = lc_nas_place(p, p->n_positions); k-- > 0;)
        gradient[k] *= raise;
    return st;
}

/* The differences of upper[places] from the first options are sums[places] already, or become it
 * for the first net. */
static bool same_differences(const lc_nas_problem *p, const double *upper, double size, bool first,
                             double *sums) {
    bool same = true;
    for (int i = 0; i < p->n_positions; i++) {
        for (int o = 0; o < p->n_options[i]; o++) {
            double d = upper[o] - upper[0];
            if (first)
                sums[o] = d;
            same = same && fabs(sums[o] - d) <= SUM_SLACK * size;
        }
        upper += p->n_options[i];
        sums += p->n_options[i];
    }
    return same;
}

static lc_status compare_neighbours(const lc_nas_problem *p, int cost, double *sums, double *upper,
                                    bool *additive, lc_error *err) {
    size_t places = lc_nas_place(p, p->n_positions);
    int choices[LC_NAS_MAX_POSITIONS] = {0};
    uint64_t rng = 1;
    lc_status st = LC_OK;
    for (int n = 0; n < SUM_NETS && st == LC_OK && *additive; n++) {
        st = lc__cost_neighbours(p, cost, choices, upper, err);
        if (st == LC_OK) {
            *additive = same_differences(p, upper, fabs(upper[choices[0]]), n == 0, sums);
            if (n == 0)
                sums[places] = upper[0]; /* of the net of first options */
        }
        lc__random_vector(p, &rng, choices);
    }
    return st;
}

lc_status lc__cost_sums(const lc_nas_problem *p, int cost, double *sums, bool *additive,
                        lc_error *err) {
    const lc_nas_cost *c = &p->costs[cost];
    size_t places = lc_nas_place(p, p->n_positions);
    *additive = true;
    if (c->table) {
        memcpy(sums, c->table, places * sizeof *sums);
        sums[places] = c->base;
        return LC_OK;
    }
    double *upper = calloc(places, sizeof *upper);
    lc_status st =
        upper ? compare_neighbours(p, cost, sums, upper, additive, err) : lc__no_memory(err);
    free(upper);
    return st;
}

const char *lc__cost_text(const lc_nas_cost *cost, double value, char *buf, size_t size) {
    if (!strcmp(cost->unit, "ns"))
        return lc__format_ns(value, buf, size);
    snprintf(buf, size, "%.4g %s", value, cost->unit);
    return buf;
}
