#include "choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

/* How far a position's probabilities may be from adding up to 1. */
#define PROBABILITY_SLACK 1e-3

/* The predictor without what it owns, and without the memory behind it. */
static void keep_tail(const lc_predictor *p, lc_predictor *tail) {
    *tail = *p;
    tail->core = NULL;
    tail->source_share = NULL;
    tail->region.axes = NULL;
    tail->chart = (lc__chart){0};
    for (int link = 0; link < LC__LINKS; link++)
        tail->moments[link].mean = tail->moments[link].variance = NULL;
}

static lc_status compile(const lc_predictor *p, const lc_space *space, lc_choice_predictor *c,
                         lc_error *err) {
    c->space = space;
    keep_tail(p, &c->tail);
    for (int i = 0; i < space->n_positions; i++)
        c->place[i + 1] = c->place[i] + (size_t)space->n_options(i);
    lc_status st = lc__choice_sums_make(p, space, c->place, &c->sums, err);
    return st == LC_EUNSUPPORTED ? lc__choice_table_make(p, space, &c->table, err) : st;
}

lc_status lc_choice_predictor_new(const lc_predictor *predictor, const lc_space *space,
                                  lc_choice_predictor **out, lc_error *err) {
    lc_choice_predictor *c = calloc(1, sizeof *c);
    if (!c)
        return lc__no_memory(err);
    lc_status st = compile(predictor, space, c, err);
    if (st == LC_OK)
        *out = c;
    else
        lc_choice_predictor_free(c);
    return st;
}

void lc_choice_predictor_free(lc_choice_predictor *compiled) {
    if (!compiled)
        return;
    lc__choice_sums_clear(&compiled->sums);
    free(compiled->table);
    free(compiled);
}

size_t lc_choice_predictor_place(const lc_choice_predictor *compiled, int position) {
    return compiled->place[position];
}

/* Checks a vector and fills its places[n_positions]. */
static lc_status find_places(const lc_choice_predictor *c, const int *choices, size_t *places,
                             lc_error *err) {
    for (int i = 0; i < c->space->n_positions; i++) {
        size_t n = c->place[i + 1] - c->place[i];
        if (choices[i] < 0 || (size_t)choices[i] >= n)
            return lc_error_set(err, LC_EFORMAT, "choice %d of space %s must be in 0 .. %zu, is %d",
                                i, c->space->name, n - 1, choices[i]);
        places[i] = c->place[i] + (size_t)choices[i];
    }
    return LC_OK;
}

lc_status lc_choice_predictor_query(const lc_choice_predictor *compiled, const int *choices,
                                    lc_forecast *out, lc_error *err) {
    size_t places[LC_NET_MAX_CHOICES];
    lc_status st = find_places(compiled, choices, places, err);
    if (st != LC_OK)
        return st;
    if (compiled->table)
        *out = *lc__choice_table_at(compiled, choices);
    else
        lc__choice_sums_query(compiled, places, out);
    return LC_OK;
}

static double mean(const lc_choice_predictor *c, const int *choices, const size_t *places) {
    return c->table ? lc__choice_table_at(c, choices)->latency : lc__choice_sums_mean(c, places);
}

lc_status lc_choice_predictor_batch(const lc_choice_predictor *compiled, const int *choices,
                                    size_t n, double *latency, double *low, double *high,
                                    lc_error *err) {
    size_t width = (size_t)compiled->space->n_positions, places[LC_NET_MAX_CHOICES];
    for (size_t k = 0; k < n; k++) {
        const int *vector = choices + k * width;
        lc_status st = LC_OK;
        if (low && high) {
            lc_forecast f;
            st = lc_choice_predictor_query(compiled, vector, &f, err);
            if (st == LC_OK) {
                latency[k] = f.latency;
                low[k] = f.low;
                high[k] = f.high;
            }
        } else {
            st = find_places(compiled, vector, places, err);
            if (st == LC_OK)
                latency[k] = mean(compiled, vector, places);
        }
        if (st != LC_OK)
            return st;
    }
    return LC_OK;
}

static lc_status check_probability(const lc_choice_predictor *c, const double *probability,
                                   lc_error *err) {
    for (int i = 0; i < c->space->n_positions; i++) {
        double sum = 0;
        bool good = true;
        for (size_t k = c->place[i]; k < c->place[i + 1]; k++) {
            good = good && probability[k] >= 0;
            sum += probability[k];
        }
        if (!good || !(fabs(sum - 1) <= PROBABILITY_SLACK))
            return lc_error_set(err, LC_EUSAGE,
                                "the probabilities of position %d of space %s must be >= 0 and "
                                "sum to 1, their sum is %g",
                                i, c->space->name, sum);
    }
    return LC_OK;
}

lc_status lc_choice_predictor_relaxed(const lc_choice_predictor *compiled,
                                      const double *probability, double *latency, double *gradient,
                                      lc_error *err) {
    lc_status st = check_probability(compiled, probability, err);
    if (st != LC_OK)
        return st;
    *latency = compiled->table ? lc__choice_table_relaxed(compiled, probability, gradient)
                               : lc__choice_sums_relaxed(compiled, probability, gradient);
    return LC_OK;
}

lc_status lc_choice_predictor_neighbours(const lc_choice_predictor *compiled, const int *choices,
                                         double *latency, lc_error *err) {
    size_t n = (size_t)compiled->space->n_positions, places[LC_NET_MAX_CHOICES] = {0};
    int changed[LC_NET_MAX_CHOICES];
    lc_status st = find_places(compiled, choices, places, err);
    if (st != LC_OK)
        return st;
    memcpy(changed, choices, n * sizeof *changed);
    for (size_t i = 0; i < n; i++) {
        size_t own = places[i];
        for (size_t k = compiled->place[i]; k < compiled->place[i + 1]; k++) {
            places[i] = k;
            changed[i] = (int)(k - compiled->place[i]);
            latency[k] = mean(compiled, changed, places);
        }
        places[i] = own;
        changed[i] = choices[i];
    }
    return LC_OK;
}
