#include "assign.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/now.h"
#include "cost.h"
#include "program.h"
#include "vectors.h"

/* Times that costs are made sums anew. */
#define ROUNDS 12
/* How far GLPK may exceed a row, of its width, with some to spare. */
#define GLPK_SLACK 4e-7
#define ROUNDING 1e-14
#define GLPK_LEAST 0.02 /* seconds that a program gets, however late it is */

lc_status lc__judge_net(const lc_nas_problem *p, const double *score, lc__candidate *net,
                        lc_error *err) {
    int target = lc__target(p);
    lc_status st = LC_OK;
    net->score = lc__score_of(p, score, net->choices);
    net->excess = -1;
    net->on_target = true;
    for (int k = 0; k < p->n_costs && st == LC_OK; k++) {
        lc_nas_value v = {0, 0};
        if (p->costs[k].limit <= 0)
            continue;
        st = lc__cost_value(p, k, net->choices, &v, err);
        net->cost[k] = v.upper;
        net->excess = fmax(net->excess, v.upper / p->costs[k].limit - 1);
        if (k == target)
            net->on_target = v.upper >= (1 - p->tolerance) * p->costs[k].limit;
    }
    net->within = net->excess <= 0;
    return st;
}

bool lc__better(const lc__candidate *a, const lc__candidate *b) {
    if (a->within != b->within)
        return a->within;
    if (!a->within)
        return a->excess < b->excess;
    if (a->on_target != b->on_target)
        return a->on_target;
    return a->score > b->score;
}

/* An assignment in the making. */
typedef struct assignment {
    const lc_nas_problem *p;
    const double *score;
    size_t places;
    double *sums[LC_NAS_MAX_COSTS]; /* [places] what choices add to the limited costs */
    double *memory;
    double tighter[LC_NAS_MAX_COSTS]; /* taken off the limits, where rounds went above them */
    bool additive, optimal, tightened;
    double bound;
    double until; /* of lc__now(), for all programs together; 0: no end */
    lc__candidate now, best;
} assignment;

/* Makes the costs sums about the net `now`. */
static lc_status linearise(assignment *a, lc__program *program, bool target, lc_error *err) {
    lc_status st = LC_OK;
    *program = (lc__program){.problem = a->p, .score = a->score};
    if (a->until > 0)
        program->seconds = fmax(a->until - lc__now(), GLPK_LEAST);
    for (int k = 0; k < a->p->n_costs && st == LC_OK; k++) {
        const lc_nas_cost *c = &a->p->costs[k];
        if (c->limit <= 0)
            continue;
        int r = program->n_rows++;
        double *sums = a->sums[k];
        st = lc__cost_neighbours(a->p, k, a->now.choices, sums, err);
        /* Each sum then is a difference from the net, whose own choices add 0. */
        for (size_t j = 0; j < a->places; j++)
            sums[j] -= a->now.cost[k];
        program->row[r] = sums;
        program->high[r] = c->limit - a->now.cost[k] - a->tighter[k];
        program->low[r] = -INFINITY;
        if (target && k == lc__target(a->p))
            program->low[r] = (1 - a->p->tolerance) * c->limit - a->now.cost[k];
        if (program->low[r] > program->high[r])
            program->low[r] = program->high[r];
    }
    return st;
}

/* Costs that came out above their limits get less room in the next round: by what GLPK may miss
 * them by, too; a knapsack misses them by rounding alone. */
static void tighten(assignment *a, bool knapsack) {
    for (int k = 0; k < a->p->n_costs; k++) {
        double limit = a->p->costs[k].limit;
        if (limit > 0 && a->now.cost[k] > limit) {
            a->tighter[k] += 1.2 * (a->now.cost[k] - limit);
            a->tighter[k] += (knapsack ? ROUNDING : GLPK_SLACK) * limit;
            a->tightened = true;
        }
    }
}

/* One round; *stays when it gave the net it began with, or what it said of the costs was exact. */
static lc_status improve(assignment *a, bool target, bool *stays, lc_error *err) {
    lc__program program;
    int choices[LC_NAS_MAX_POSITIONS];
    double bound = 0;
    bool optimal = false;
    lc_status st = linearise(a, &program, target, err);
    if (st == LC_OK)
        st = lc__program_solve(&program, choices, &bound, &optimal, err);
    if (st != LC_OK)
        return st;
    size_t size = (size_t)a->p->n_positions * sizeof *choices;
    *stays = memcmp(choices, a->now.choices, size) == 0;
    memcpy(a->now.choices, choices, size);
    st = lc__judge_net(a->p, a->score, &a->now, err);
    /* With less room than there is it bounds nothing. */
    if (!a->tightened)
        a->bound = bound;
    if (st == LC_OK && lc__better(&a->now, &a->best)) {
        a->best = a->now;
        a->optimal = optimal && a->additive && a->now.within && !a->tightened;
    }
    *stays = *stays || (a->additive && a->now.within);
    tighten(a, program.n_rows == 1 && program.low[0] == -INFINITY);
    return st;
}

/* Rounds until nothing changes. A target that no program meets is given up. */
static lc_status iterate(assignment *a, bool target, lc_error *err) {
    lc_status st = LC_OK;
    bool stays = false;
    for (int i = 0; i < ROUNDS && !stays && st == LC_OK; i++)
        st = improve(a, target, &stays, err);
    return st == LC_EINFEASIBLE && a->best.within ? LC_OK : st;
}

static lc_status enumerate(assignment *a, lc_error *err) {
    memset(a->now.choices, 0, sizeof a->now.choices);
    lc_status st;
    do {
        st = lc__judge_net(a->p, a->score, &a->now, err);
        if (st == LC_OK && lc__better(&a->now, &a->best))
            a->best = a->now;
    } while (st == LC_OK && lc__next_vector(a->p, a->now.choices));
    a->optimal = true;
    a->bound = a->best.score;
    return st;
}

static bool small(const lc_nas_problem *p) {
    for (int k = 0; k < p->n_costs; k++)
        if (p->costs[k].limit > 0 && p->costs[k].measure)
            return false;
    return lc__count_vectors(p, LC_CHOICE_TABLE_MAX) > 0;
}

/* From the net of the best scores no way led to one within the limits, so far is its cost from what
 * sums about it say. A cheapest net may be within, and ways lead up from it. */
static lc_status begin_cheap(assignment *a, lc_error *err) {
    lc_status st = LC_OK;
    for (int k = 0; k < a->p->n_costs && st == LC_OK; k++) {
        lc_nas_extreme least, most;
        if (a->p->costs[k].limit <= 0)
            continue;
        st = lc_nas_extremes(a->p, k, &least, &most, err);
        if (st != LC_OK)
            break;
        memcpy(a->now.choices, least.choices, sizeof least.choices);
        st = lc__judge_net(a->p, a->score, &a->now, err);
        if (lc__better(&a->now, &a->best))
            a->best = a->now;
    }
    if (st != LC_OK || !a->best.within)
        return st;
    a->now = a->best;
    memset(a->tighter, 0, sizeof a->tighter);
    st = iterate(a, lc__target(a->p) >= 0, err);
    return st == LC_OK ? lc__exchange(a->p, a->score, &a->best, err) : st;
}

static lc_status solve(assignment *a, lc_error *err) {
    lc_status st = LC_OK;
    if (!a->additive && small(a->p))
        return enumerate(a, err);
    bool target = lc__target(a->p) >= 0;
    lc__candidate start = a->now;
    st = iterate(a, target, err);
    if (target && (st == LC_EINFEASIBLE || (st == LC_OK && !a->best.on_target))) {
        a->now = start;
        memset(a->tighter, 0, sizeof a->tighter);
        a->tightened = false;
        st = iterate(a, false, err);
    }
    /* Nets at a limit to the last digit are told apart by trying them. */
    if (a->additive && small(a->p) && !(a->optimal && a->best.on_target))
        return enumerate(a, err);
    if (a->additive && a->optimal)
        return st;
    /* Not to be had by sums: what is left to do is done step by step. */
    if (st == LC_OK || st == LC_EINFEASIBLE)
        st = lc__exchange(a->p, a->score, &a->best, err);
    if (st == LC_OK && !a->best.within)
        st = begin_cheap(a, err);
    return st;
}

static lc_status prepare(assignment *a, lc_error *err) {
    size_t stride = a->places + 1;
    a->memory = calloc(LC_NAS_MAX_COSTS * stride, sizeof *a->memory);
    if (!a->memory)
        return lc__no_memory(err);
    a->additive = true;
    lc_status st = LC_OK;
    for (int k = 0; k < a->p->n_costs && st == LC_OK; k++) {
        bool additive = true;
        a->sums[k] = a->memory + (size_t)k * stride;
        if (a->p->costs[k].limit > 0)
            st = lc__cost_sums(a->p, k, a->sums[k], &additive, err);
        a->additive = a->additive && additive;
    }
    return st;
}

/* Says why there is none: by the one limit, or that they cannot be kept together. */
static lc_status infeasible(const lc_nas_problem *p, lc_error *err) {
    int limits = 0;
    for (int k = 0; k < p->n_costs; k++)
        limits += p->costs[k].limit > 0;
    lc_status st = limits == 1 ? lc_nas_feasible(p, err) : LC_OK;
    if (st == LC_OK)
        st = lc_error_set(err, LC_EINFEASIBLE,
                          "no net was found that keeps all limits: allow more of one of them");
    return st;
}

lc_status lc_nas_assign(const lc_nas_problem *problem, const double *score, double seconds,
                        int *choices, lc_nas_proof *proof, lc_error *err) {
    assignment *a = calloc(1, sizeof *a);
    lc_status st = lc_nas_check(problem, err);
    if (st == LC_OK && !a)
        st = lc__no_memory(err);
    if (st != LC_OK) {
        free(a);
        return st;
    }
    a->p = problem;
    a->score = score;
    a->until = seconds > 0 ? lc__now() + seconds : 0;
    a->places = lc_nas_place(problem, problem->n_positions);
    lc__largest(problem, score, a->now.choices);
    st = lc__judge_net(problem, score, &a->now, err);
    a->best = a->now;
    a->optimal = true;
    a->bound = a->now.score;
    if (st == LC_OK && !(a->now.within && a->now.on_target)) {
        a->optimal = false;
        st = prepare(a, err);
        if (st == LC_OK)
            st = solve(a, err);
    }
    if (st == LC_OK && !a->best.within)
        st = infeasible(problem, err);
    if (st == LC_OK) {
        memcpy(choices, a->best.choices, (size_t)problem->n_positions * sizeof *choices);
        *proof = (lc_nas_proof){a->best.score, fmax(a->bound, a->best.score), a->optimal,
                                a->best.on_target};
    }
    free(a->memory);
    free(a);
    return st;
}
