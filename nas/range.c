/* The cheapest and the dearest net, and whether limits can be kept at all. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "assign.h"
#include "base/memory.h"
#include "cost.h"
#include "vectors.h"

#define STARTS 8
#define ROUNDS 64

/* A search for the net of the largest sign * cost. */
typedef struct climb {
    const lc_nas_problem *p;
    int cost;
    double sign;
    double *upper; /* [places], scratch: sign * cost of neighbours */
    lc_nas_extreme *best;
} climb;

static lc_status consider(climb *c, const int *choices, double *gained, lc_error *err) {
    lc_nas_value v = {0, 0};
    lc_status st = lc__cost_value(c->p, c->cost, choices, &v, err);
    *gained = c->sign * v.upper;
    if (st == LC_OK && *gained > c->sign * c->best->value.upper) {
        memcpy(c->best->choices, choices, (size_t)c->p->n_positions * sizeof *choices);
        c->best->value = v;
    }
    return st;
}

/* All the best neighbours' choices at once, until that helps no more. */
static lc_status ascend(climb *c, int *choices, lc_error *err) {
    size_t places = lc_nas_place(c->p, c->p->n_positions);
    double now, before = -INFINITY;
    lc_status st = consider(c, choices, &now, err);
    for (int i = 0; i < ROUNDS && st == LC_OK && now > before; i++) {
        before = now;
        st = lc__cost_neighbours(c->p, c->cost, choices, c->upper, err);
        for (size_t k = 0; k < places && st == LC_OK; k++)
            c->upper[k] *= c->sign;
        if (st == LC_OK) {
            lc__largest(c->p, c->upper, choices);
            st = consider(c, choices, &now, err);
        }
    }
    return st;
}

static lc_status enumerate(climb *c, lc_error *err) {
    int choices[LC_NAS_MAX_POSITIONS] = {0};
    double ignored;
    lc_status st;
    do
        st = consider(c, choices, &ignored, err);
    while (st == LC_OK && lc__next_vector(c->p, choices));
    return st;
}

static lc_status find(climb *c, bool additive, lc_error *err) {
    int choices[LC_NAS_MAX_POSITIONS] = {0};
    uint64_t rng = 1;
    c->best->value = (lc_nas_value){-c->sign * INFINITY, -c->sign * INFINITY};
    c->best->exact = true;
    if (!additive && !c->p->costs[c->cost].measure &&
        lc__count_vectors(c->p, LC_CHOICE_TABLE_MAX) > 0)
        return enumerate(c, err);
    c->best->exact = additive;
    lc_status st = ascend(c, choices, err);
    for (int i = 1; i < STARTS && st == LC_OK && !additive; i++) {
        lc__random_vector(c->p, &rng, choices);
        st = ascend(c, choices, err);
    }
    return st;
}

lc_status lc_nas_extremes(const lc_nas_problem *problem, int cost, lc_nas_extreme *least,
                          lc_nas_extreme *most, lc_error *err) {
    size_t places = lc_nas_place(problem, problem->n_positions);
    double *scratch = calloc(2 * places + 1, sizeof *scratch);
    if (!scratch)
        return lc__no_memory(err);
    bool additive = false;
    climb down = {problem, cost, -1, scratch, least}, up = {problem, cost, 1, scratch, most};
    lc_status st = lc__cost_sums(problem, cost, scratch + places, &additive, err);
    if (st == LC_OK)
        st = find(&down, additive, err);
    if (st == LC_OK)
        st = find(&up, additive, err);
    free(scratch);
    return st;
}

/* The next number of three digits, which is what is printed: a limit that is to be allowed is. */
static double above(double x) {
    double step = pow(10, floor(log10(x)) - 2);
    return x > 0 ? ceil(x / step) * step : x;
}

static lc_status fail(const lc_nas_problem *p, int cost, const lc_nas_extreme *e, bool below,
                      lc_error *err) {
    const lc_nas_cost *c = &p->costs[cost];
    char name[LC__NET_NAME], limit[32], value[32];
    lc__net_name(p, e->choices, name, sizeof name);
    lc__cost_text(c, c->limit, limit, sizeof limit);
    lc__cost_text(c, below ? above(e->value.upper) : e->value.upper, value, sizeof value);
    if (below)
        lc_error_set(err, LC_EINFEASIBLE,
                     "no net has a %s of %s or less%s: the least is %s, of %s; allow at least that",
                     c->name, limit, c->confidence > 0.5 ? " at the confidence asked for" : "",
                     value, name);
    else
        lc_error_set(err, LC_EINFEASIBLE,
                     "no net has a %s as large as %s: the most is %s, of %s; ask for less, or for "
                     "no target",
                     c->name, limit, value, name);
    return LC_EINFEASIBLE;
}

/* Whether there is a net within all limits together: one is looked for. */
static lc_status check_together(const lc_nas_problem *p, lc_error *err) {
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    double *score = calloc(lc_nas_place(p, p->n_positions), sizeof *score);
    lc_status st = score ? lc_nas_assign(p, score, LC__ASSIGN_SECONDS, choices, &proof, err)
                         : lc__no_memory(err);
    free(score);
    return st;
}

lc_status lc_nas_feasible(const lc_nas_problem *problem, lc_error *err) {
    lc_nas_extreme ends[2] = {0};
    lc_status st = lc_nas_check(problem, err);
    int limits = 0;
    for (int k = 0; k < problem->n_costs && st == LC_OK; k++) {
        double limit = problem->costs[k].limit;
        if (limit <= 0)
            continue;
        limits++;
        st = lc_nas_extremes(problem, k, &ends[0], &ends[1], err);
        if (st == LC_OK && ends[0].value.upper > limit)
            st = fail(problem, k, &ends[0], true, err);
        else if (st == LC_OK && k == lc__target(problem) &&
                 ends[1].value.upper < (1 - problem->tolerance) * limit)
            st = fail(problem, k, &ends[1], false, err);
    }
    if (st == LC_OK && limits > 1)
        st = check_together(problem, err);
    return st;
}
