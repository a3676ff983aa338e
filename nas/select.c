#include "select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/rng.h"
#include "cost.h"
#include "vectors.h"

#define EXHAUSTIVE_MOST 1000000
/* Random nets in a row that were seen before: the space is used up. */
#define STALE 2000
#define POPULATION 50

lc_status lc__accuracy_of(const lc_nas_select_options *o, lc_nas_accuracies *known,
                          const int *choices, double *accuracy, bool *found, lc_error *err) {
    *found = lc_nas_accuracies_find(known, choices, accuracy);
    if (*found || !o->accuracy)
        return LC_OK;
    lc_status st = o->accuracy(o->ctx, choices, accuracy, err);
    if (st == LC_OK)
        st = lc_nas_accuracies_add(known, choices, *accuracy, err);
    *found = st == LC_OK;
    return st;
}

static lc_status make_room(lc__selection *s, lc_error *err) {
    size_t room = s->room ? 2 * s->room : POPULATION;
    double *cost = realloc(s->cost, (room * (size_t)s->problem->n_costs + 1) * sizeof *cost);
    if (!cost)
        return lc__no_memory(err);
    s->cost = cost;
    s->room = room;
    return LC_OK;
}

static lc_status measure(lc__selection *s, size_t number, const int *choices, lc_error *err) {
    lc_status st = number == s->room ? make_room(s, err) : LC_OK;
    for (int k = 0; k < s->problem->n_costs && st == LC_OK; k++) {
        lc_nas_value v = {0, 0};
        st = lc__cost_value(s->problem, k, choices, &v, err);
        s->cost[number * (size_t)s->problem->n_costs + (size_t)k] = v.upper;
    }
    return st;
}

lc_status lc__look(lc__selection *s, const int *choices, size_t *number, lc_error *err) {
    double accuracy = 0;
    bool found;
    *number = lc__accuracies_index(s->seen, choices);
    if (*number < s->seen->n)
        return LC_OK;
    size_t before = s->known->n;
    lc_status st = lc__accuracy_of(s->options, s->known, choices, &accuracy, &found, err);
    if (st == LC_OK && !found)
        *number = LC__UNKNOWN;
    if (st != LC_OK || !found)
        return st;
    st = measure(s, *number, choices, err);
    if (st == LC_OK)
        st = lc_nas_accuracies_add(s->seen, choices, accuracy, err);
    if (st == LC_OK && s->options->progress && s->known->n > before)
        s->stopped = !s->options->progress(s->options->ctx, s->seen->n, s->most);
    return st;
}

bool lc__go_on(const lc__selection *s) {
    return !s->stopped && s->seen->n < s->most;
}

void lc__any_net(lc__selection *s, int *choices) {
    if (s->options->accuracy) {
        lc__random_vector(s->problem, &s->rng, choices);
        return;
    }
    double ignored;
    size_t i = (size_t)lc__rng_below(&s->rng, s->known->n);
    memcpy(choices, lc_nas_accuracies_at(s->known, i, &ignored),
           (size_t)s->problem->n_positions * sizeof *choices);
}

double lc__violation(const lc__selection *s, size_t i) {
    double sum = 0;
    for (int k = 0; k < s->problem->n_costs; k++) {
        double cost = s->cost[i * (size_t)s->problem->n_costs + (size_t)k];
        if (s->problem->costs[k].limit > 0)
            sum += fmax(cost / s->problem->costs[k].limit - 1, 0);
    }
    return sum;
}

static lc_status at_random(lc__selection *s, lc_error *err) {
    lc_status st = LC_OK;
    for (int stale = 0; stale < STALE && lc__go_on(s) && st == LC_OK; stale++) {
        int choices[LC_NAS_MAX_POSITIONS];
        size_t number, before = s->seen->n;
        lc__any_net(s, choices);
        st = lc__look(s, choices, &number, err);
        if (s->seen->n > before)
            stale = -1;
    }
    return st;
}

static lc_status exhaustive(lc__selection *s, lc_error *err) {
    int choices[LC_NAS_MAX_POSITIONS] = {0};
    size_t number;
    lc_status st = LC_OK;
    if (!s->options->accuracy) {
        s->most = s->known->n;
        for (size_t i = 0; i < s->known->n && !s->stopped && st == LC_OK; i++) {
            double ignored;
            st = lc__look(s, lc_nas_accuracies_at(s->known, i, &ignored), &number, err);
        }
        return st;
    }
    s->most = lc__count_vectors(s->problem, EXHAUSTIVE_MOST);
    if (s->most == 0)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "the space has more than %d nets: use nsga2, or lana", EXHAUSTIVE_MOST);
    do
        st = lc__look(s, choices, &number, err);
    while (st == LC_OK && !s->stopped && lc__next_vector(s->problem, choices));
    return st;
}

static lc_status begin(lc__selection *s, lc_error *err) {
    lc_status st = lc_nas_feasible(s->problem, err);
    if (st == LC_OK && s->known->shape != lc__shape_digest(s->problem))
        st = lc_error_set(err, LC_EUSAGE, "the accuracies are of another space");
    if (st == LC_OK && !s->options->accuracy && s->known->n == 0)
        st = lc_error_set(err, LC_EUSAGE, "no net has a known accuracy, and none can be asked for");
    if (st == LC_OK && s->options->method != LC_NAS_EXHAUSTIVE && s->options->evaluations == 0)
        st = lc_error_set(err, LC_EUSAGE, "a search must look at one net at least");
    return st == LC_OK ? lc_nas_accuracies_new(s->problem, &s->seen, err) : st;
}

static lc_status finish(const lc__selection *s, lc_nas_result *out, lc_error *err) {
    size_t n = s->seen->n, width = (size_t)s->problem->n_positions;
    lc_status st = lc__allocate_result(s->problem, n, out, err);
    if (st == LC_OK && n > 0) {
        memcpy(out->choices, s->seen->choices, n * width * sizeof *out->choices);
        memcpy(out->accuracy, s->seen->accuracy, n * sizeof *out->accuracy);
        memcpy(out->cost, s->cost, n * (size_t)s->problem->n_costs * sizeof *out->cost);
    }
    if (st == LC_OK)
        st = lc__conclude_result(s->problem, out, err);
    if (st != LC_OK)
        lc_nas_result_clear(out);
    return st;
}

lc_status lc_nas_select(const lc_nas_problem *problem, const lc_nas_select_options *options,
                        lc_nas_accuracies *accuracies, lc_nas_result *out, lc_error *err) {
    lc__selection s = {.problem = problem,
                       .options = options,
                       .known = accuracies,
                       .most = options->evaluations,
                       .rng = options->seed};
    lc_status st = begin(&s, err);
    if (st == LC_OK) {
        switch (options->method) {
        case LC_NAS_RANDOM:
            st = at_random(&s, err);
            break;
        case LC_NAS_EXHAUSTIVE:
            st = exhaustive(&s, err);
            break;
        case LC_NAS_NSGA2:
            st = lc__nsga2(&s, err);
            break;
        default:
            st = lc_error_set(err, LC_EUSAGE, "there is no such selection method");
        }
    }
    if (st == LC_OK)
        st = finish(&s, out, err);
    lc_nas_accuracies_free(s.seen);
    free(s.cost);
    return st;
}
