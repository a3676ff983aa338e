/* What sums do not say of costs that are none: single changes and exchanges of two positions, each
 * judged by the costs themselves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "assign.h"
#include "base/memory.h"
#include "cost.h"

/* Improvements at most, and pairs that are judged for one. */
#define STEPS 200
#define PAIRS 4000

typedef struct exchange {
    const lc_nas_problem *p;
    const double *score;
    double *delta; /* [n_costs][places] change of a cost by a single change */
    size_t places;
    lc__candidate *net;
    lc__candidate trial;
} exchange;

static lc_status measure(exchange *x, lc_error *err) {
    lc_status st = LC_OK;
    for (int k = 0; k < x->p->n_costs && st == LC_OK; k++) {
        double *delta = x->delta + (size_t)k * x->places;
        if (x->p->costs[k].limit <= 0)
            continue;
        st = lc__cost_neighbours(x->p, k, x->net->choices, delta, err);
        for (size_t j = 0; j < x->places; j++)
            delta[j] -= x->net->cost[k];
    }
    return st;
}

/* The largest cost / limit - 1 after two changes, supposing that their effects add; whether it is
 * on target. */
static void guess(const exchange *x, size_t a, size_t b, lc__candidate *out) {
    int target = lc__target(x->p);
    out->excess = -1;
    out->on_target = true;
    for (int k = 0; k < x->p->n_costs; k++) {
        double limit = x->p->costs[k].limit;
        const double *delta = x->delta + (size_t)k * x->places;
        if (limit <= 0)
            continue;
        double cost = x->net->cost[k] + delta[a] + (b < x->places ? delta[b] : 0);
        out->excess = fmax(out->excess, cost / limit - 1);
        if (k == target)
            out->on_target = cost >= (1 - x->p->tolerance) * limit;
    }
    out->within = out->excess <= 0;
}

static lc_status attempt(exchange *x, int i, int a, int j, int b, bool *found, lc_error *err) {
    memcpy(x->trial.choices, x->net->choices, sizeof x->trial.choices);
    x->trial.choices[i] = a;
    if (j >= 0)
        x->trial.choices[j] = b;
    lc_status st = lc__judge_net(x->p, x->score, &x->trial, err);
    *found = st == LC_OK && lc__better(&x->trial, x->net);
    return st;
}

/* One pass over changes of position i to a, alone and with those of later positions; stops at the
 * first that helps. */
static lc_status pass(exchange *x, int i, int a, size_t at, size_t after, int *left, bool *found,
                      lc_error *err) {
    const double *score = x->score;
    lc__candidate g = {.score = 0};
    int *c = x->net->choices;
    double gain = score[at] - score[at - (size_t)a + (size_t)c[i]];
    guess(x, at, x->places, &g);
    g.score = x->net->score + gain;
    lc_status st = LC_OK;
    if (lc__better(&g, x->net) && (*left)-- > 0)
        st = attempt(x, i, a, -1, 0, found, err);
    for (int j = i + 1; j < x->p->n_positions && !*found && st == LC_OK; j++) {
        for (int b = 0; b < x->p->n_options[j] && !*found && st == LC_OK; b++) {
            if (b == c[j] || *left <= 0)
                continue;
            size_t other = after + (size_t)b;
            guess(x, at, other, &g);
            g.score = x->net->score + gain + score[other] - score[after + (size_t)c[j]];
            if (lc__better(&g, x->net) && (*left)-- > 0)
                st = attempt(x, i, a, j, b, found, err);
        }
        after += (size_t)x->p->n_options[j];
    }
    return st;
}

static lc_status step(exchange *x, bool *found, lc_error *err) {
    int left = PAIRS;
    size_t place = 0;
    lc_status st = measure(x, err);
    *found = false;
    for (int i = 0; i < x->p->n_positions && !*found && st == LC_OK; i++) {
        size_t after = place + (size_t)x->p->n_options[i];
        for (int a = 0; a < x->p->n_options[i] && !*found && st == LC_OK; a++)
            if (a != x->net->choices[i])
                st = pass(x, i, a, place + (size_t)a, after, &left, found, err);
        place = after;
    }
    if (*found)
        *x->net = x->trial;
    return st;
}

lc_status lc__exchange(const lc_nas_problem *problem, const double *score, lc__candidate *net,
                       lc_error *err) {
    exchange x = {.p = problem, .score = score, .net = net};
    x.places = lc_nas_place(problem, problem->n_positions);
    x.delta = calloc(x.places * LC_NAS_MAX_COSTS, sizeof *x.delta);
    if (!x.delta)
        return lc__no_memory(err);
    bool found = true;
    lc_status st = LC_OK;
    for (int i = 0; i < STEPS && found && st == LC_OK; i++)
        st = step(&x, &found, err);
    free(x.delta);
    return st;
}
