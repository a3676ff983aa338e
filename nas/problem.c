#include <math.h>
#include <stdio.h>
#include <string.h>
#include "cost.h"
#include "vectors.h"

#define LEAST_CONFIDENCE 0.5
#define MOST_CONFIDENCE 0.999

lc_status lc_nas_problem_init(lc_nas_problem *problem, const lc_space *space, lc_error *err) {
    memset(problem, 0, sizeof *problem);
    if (!space || space->n_positions > LC_NAS_MAX_POSITIONS) {
        lc_error_set(err, LC_EUSAGE, "a search needs a space of at most %d positions",
                     LC_NAS_MAX_POSITIONS);
        return LC_EUSAGE;
    }
    problem->space = space;
    problem->n_positions = space->n_positions;
    for (int i = 0; i < space->n_positions; i++)
        problem->n_options[i] = space->n_options(i);
    return LC_OK;
}

size_t lc_nas_place(const lc_nas_problem *problem, int position) {
    size_t place = 0;
    for (int i = 0; i < position; i++)
        place += (size_t)problem->n_options[i];
    return place;
}

static lc_status check_shape(const lc_nas_problem *p, lc_error *err) {
    if (p->n_positions < 1 || p->n_positions > LC_NAS_MAX_POSITIONS)
        return lc_error_set(err, LC_EUSAGE, "a space has 1 to %d positions, not %d",
                            LC_NAS_MAX_POSITIONS, p->n_positions);
    size_t places = 0;
    for (int i = 0; i < p->n_positions; i++) {
        if (p->n_options[i] < 1 || p->n_options[i] > LC_NAS_MAX_OPTIONS)
            return lc_error_set(err, LC_EUSAGE, "position %d has 1 to %d options, not %d", i,
                                LC_NAS_MAX_OPTIONS, p->n_options[i]);
        places += (size_t)p->n_options[i];
    }
    if (places > LC_NAS_MAX_PLACES)
        return lc_error_set(err, LC_EUSAGE, "%zu options over all positions; %d are the most",
                            places, LC_NAS_MAX_PLACES);
    if (p->n_costs < 0 || p->n_costs > LC_NAS_MAX_COSTS)
        return lc_error_set(err, LC_EUSAGE, "a problem has at most %d costs, not %d",
                            LC_NAS_MAX_COSTS, p->n_costs);
    if (!(p->tolerance >= 0 && p->tolerance < 1))
        return lc_error_set(err, LC_EUSAGE, "a tolerance is at least 0 and below 1, not %g",
                            p->tolerance);
    return LC_OK;
}

static lc_status check_cost(const lc_nas_problem *p, const lc_nas_cost *c, lc_error *err) {
    if (!c->name || !c->unit)
        return lc_error_set(err, LC_EUSAGE, "a cost needs a name and a unit");
    if (!!c->predictor + !!c->table + !!c->measure != 1)
        return lc_error_set(err, LC_EUSAGE,
                            "%s needs one source: a predictor, a table or a measure", c->name);
    if (!isfinite(c->limit) || c->limit < 0 || !isfinite(c->weight) || c->weight < 0)
        return lc_error_set(err, LC_EUSAGE,
                            "limit and weight of %s are finite and not below 0, not %g and %g",
                            c->name, c->limit, c->weight);
    if (c->confidence != 0 &&
        !(c->confidence >= LEAST_CONFIDENCE && c->confidence <= MOST_CONFIDENCE))
        return lc_error_set(err, LC_EUSAGE, "the confidence of %s must be in %g .. %g, is %g",
                            c->name, LEAST_CONFIDENCE, MOST_CONFIDENCE, c->confidence);
    if (c->predictor &&
        lc_choice_predictor_place(c->predictor, p->n_positions) != lc_nas_place(p, p->n_positions))
        return lc_error_set(err, LC_EUSAGE, "the predictor of %s is of another space", c->name);
    size_t places = lc_nas_place(p, p->n_positions);
    bool finite = isfinite(c->base);
    for (size_t k = 0; k < places && c->table; k++)
        finite = finite && isfinite(c->table[k]);
    if (!finite)
        return lc_error_set(err, LC_EUSAGE, "the table of %s has entries that are not finite",
                            c->name);
    return LC_OK;
}

lc_status lc_nas_check(const lc_nas_problem *problem, lc_error *err) {
    lc_status st = check_shape(problem, err);
    for (int k = 0; k < problem->n_costs && st == LC_OK; k++)
        st = check_cost(problem, &problem->costs[k], err);
    return st;
}

int lc__target(const lc_nas_problem *p) {
    for (int k = 0; k < p->n_costs && p->tolerance > 0; k++)
        if (p->costs[k].limit > 0)
            return k;
    return -1;
}

const char *lc__net_name(const lc_nas_problem *p, const int *choices, char *buf, size_t size) {
    size_t at = 0;
    buf[0] = '\0';
    if (p->space)
        p->space->format(choices, buf, size);
    for (int i = 0; i < p->n_positions && !p->space && at < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%d", i ? "-" : "", choices[i]);
    return buf;
}

size_t lc__count_vectors(const lc_nas_problem *p, size_t most) {
    size_t n = 1;
    for (int i = 0; i < p->n_positions && n > 0; i++) {
        n *= (size_t)p->n_options[i];
        n = n <= most ? n : 0;
    }
    return n;
}

bool lc__next_vector(const lc_nas_problem *p, int *choices) {
    int i = p->n_positions - 1;
    while (i >= 0 && ++choices[i] == p->n_options[i])
        choices[i--] = 0;
    return i >= 0;
}
