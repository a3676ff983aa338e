/* What a net may be: of the options chosen (--choose), within the limits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "choose.h"
#include "cmdline/options.h"
#include "hunt.h"

lc_status lc__choice_open(lc__hunt *h, lc_error *err) {
    lc__chosen chosen;
    lc_status st = lc__chosen_open(h->space, h->options->choose, &chosen, err);
    h->forbidden = calloc(lc_nas_place(&h->problem, h->problem.n_positions), sizeof(double));
    if (!st && !h->forbidden)
        st = lc__no_memory(err);
    for (int p = 0; p < h->space->n_positions && !st; p++)
        for (int o = 0; o < h->space->n_options(p); o++)
            h->forbidden[lc_nas_place(&h->problem, p) + (size_t)o] =
                lc__chosen_has(&chosen, p, o) ? 0 : 1;
    lc__chosen_close(&chosen);
    /* Options left out are a cost of which no net may have any: the one place where all methods
     * agree what a net must keep. */
    h->problem.costs[h->problem.n_costs++] = (lc_nas_cost){
        .name = "number of options left out", .unit = "", .table = h->forbidden, .limit = 0.5};
    return st;
}

/* ---- the fastest net ---- */

static bool may(const lc__hunt *h, int position, int option) {
    return !h->forbidden ||
           h->forbidden[lc_nas_place(&h->problem, position) + (size_t)option] < 0.5;
}

/* The cheapest option of a position beside the others; whether that is another than before. */
static lc_status improve(const lc__hunt *h, int position, int *choices, lc_nas_value *least,
                         bool *better, lc_error *err) {
    int best = choices[position];
    for (int o = 0; o < h->space->n_options(position); o++) {
        lc_nas_value value;
        if (!may(h, position, o))
            continue;
        choices[position] = o;
        lc_status st = lc_nas_cost_of(&h->problem, 0, choices, &value, err);
        if (st)
            return st;
        if (value.upper < least->upper) {
            *least = value;
            best = o;
            *better = true;
        }
    }
    choices[position] = best;
    return LC_OK;
}

/* By one position after the other: forecasts are nearly sums over positions. */
static lc_status find_fastest(const lc__hunt *h, int *choices, lc_nas_value *least, lc_error *err) {
    for (int p = 0; p < h->space->n_positions; p++)
        for (choices[p] = 0; !may(h, p, choices[p]);)
            choices[p]++;
    lc_status st = lc_nas_cost_of(&h->problem, 0, choices, least, err);
    for (bool better = true; better && !st;) {
        better = false;
        for (int p = 0; p < h->space->n_positions && !st; p++)
            st = improve(h, p, choices, least, &better, err);
    }
    return st;
}

static lc_status name_fastest(const lc__hunt *h, lc_error *err) {
    int choices[LC_NET_MAX_CHOICES];
    lc_nas_value value[LC__COSTS] = {{0}};
    char name[200], cost[LC__COSTS][40], beside[80] = "";
    lc_status st = find_fastest(h, choices, &value[0], err);
    for (int i = 1; i < h->n_forecasts && !st; i++)
        st = lc_nas_cost_of(&h->problem, i, choices, &value[i], err);
    if (st)
        return st;
    for (int i = 0; i < h->n_forecasts; i++)
        h->forecasts[h->cost_of[i]].target->format(value[i].upper, cost[i], sizeof cost[i]);
    if (h->n_forecasts > 1)
        snprintf(beside, sizeof beside, " and an %s of %s", h->problem.costs[1].name, cost[1]);
    h->space->format(choices, name, sizeof name);
    lc_error_set(err, LC_EINFEASIBLE,
                 "no net%s keeps the budget: the cheapest has a %s of %s%s, it is %s; allow more%s",
                 h->forbidden ? " of the options chosen" : "", h->problem.costs[0].name, cost[0],
                 beside, name, h->forbidden ? ", or choose from more options" : "");
    return LC_EINFEASIBLE;
}

lc_status lc__hunt_feasible(const lc__hunt *h, lc_error *err) {
    lc_status st = lc_nas_feasible(&h->problem, err);
    bool one_limit = h->n_forecasts == 1 && !h->forbidden;
    return st == LC_EINFEASIBLE && !one_limit ? name_fastest(h, err) : st;
}
