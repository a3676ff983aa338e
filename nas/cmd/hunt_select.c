/* Selection by accuracies, of a table or of a supernet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/now.h"
#include "base/progress.h"
#include "hunt.h"

#define MANY 1000000 /* nets: what lc_nas_select() takes as exhaustive at most */

typedef struct run {
    lc__hunt *hunt;
    lc_nas_accuracies *known;
    const char *state;
    lc__progress progress;
    const volatile sig_atomic_t *stop;
    double kept;
    size_t asked;
} run;

lc_status lc__hunt_judge(const lc__hunt *h, const int *choices, double *accuracy, lc_error *err) {
    lc__outcome o;
    lc_status st = lc__training_evaluate(h->training, choices, LC__PART_VALIDATION,
                                         (size_t)h->options->images, &o, err);
    *accuracy = o.scored > 0 ? 100 * o.correct / o.scored : 0;
    return st;
}

static lc_status keep(run *r, lc_error *err) {
    unsigned char *bytes;
    size_t length;
    lc_status st = lc_nas_accuracies_save(r->known, &bytes, &length, err);
    if (!st) {
        st = lc__state_save(r->hunt, r->state, bytes, length, err);
        free(bytes);
    }
    r->kept = lc__now();
    return st;
}

static lc_status recall(run *r, lc_error *err) {
    unsigned char *bytes;
    size_t length;
    lc_status st = lc__state_load(r->hunt, r->state, &bytes, &length, err);
    if (!st && bytes && (st = lc_nas_accuracies_load(r->known, bytes, length, err)))
        lc_error_in_file(err, r->state);
    free(bytes);
    return st;
}

/* An accuracy that is asked for; the state is kept and the wish to stop heard between two. */
static lc_status ask(void *ctx, const int *choices, double *accuracy, lc_error *err) {
    run *r = ctx;
    lc_status st = LC_OK;
    if (*r->stop || lc__now() - r->kept > r->hunt->options->course.save_every)
        st = keep(r, err);
    if (!st && *r->stop)
        st = lc__state_interrupted(r->state, err);
    if (!st)
        st = lc__hunt_judge(r->hunt, choices, accuracy, err);
    if (!st)
        lc__progress_step(&r->progress, ++r->asked, NULL);
    return st;
}

/* None that was looked at keeps the budget. */
static lc_status name_fastest(const lc__hunt *h, const lc_nas_result *result, lc_error *err) {
    size_t costs = (size_t)result->n_costs, fastest = 0;
    char name[200], cost[40];
    for (size_t i = 1; i < result->n; i++)
        if (result->cost[i * costs] < result->cost[fastest * costs])
            fastest = i;
    if (!h->table || result->n == 0) {
        lc_error_set(err, LC_EINFEASIBLE,
                     "none of the %zu nets looked at keeps the budget, but there are such; "
                     "give more --evaluations",
                     result->n);
        return LC_EINFEASIBLE;
    }
    h->space->format(result->choices + fastest * (size_t)result->n_positions, name, sizeof name);
    h->forecasts[h->cost_of[0]].target->format(result->cost[fastest * costs], cost, sizeof cost);
    lc_error_set(err, LC_EINFEASIBLE,
                 "none of the %zu nets looked at, all of the table, keeps the budget: the fastest "
                 "takes %s, it is %s; allow more, or give a table of more nets",
                 result->n, cost, name);
    return LC_EINFEASIBLE;
}

/* The best net that was looked at, or all of them where no net is asked for yet. */
static lc_status choose(run *r, const lc_nas_select_options *options, lc__found *out,
                        lc_error *err) {
    lc__hunt *h = r->hunt;
    lc_nas_result result;
    lc_status st = h->looked.n ? lc_nas_transfer(&h->problem, &h->looked, false, &result, err)
                               : lc_nas_select(&h->problem, options, r->known, &result, err);
    if (st)
        return st;
    if (!out) {
        h->looked = result;
        return LC_OK;
    }
    out->looked_at = result.n;
    size_t positions = (size_t)result.n_positions;
    if (result.best < result.n)
        memcpy(out->choices, result.choices + result.best * positions,
               positions * sizeof *out->choices);
    else
        st = name_fastest(h, &result, err);
    lc_nas_result_clear(&result);
    return st;
}

/* LANA: what each alternative adds to the dearest net, and the integer program. */
static lc_status assign(run *r, const lc_nas_select_options *options, lc__found *out,
                        lc_error *err) {
    const lc_nas_problem *p = &r->hunt->problem;
    lc_nas_extreme *least = malloc(2 * sizeof *least);
    double *score = malloc(lc_nas_place(p, p->n_positions) * sizeof *score);
    lc_nas_proof proof = {0};
    lc_status st = least && score ? LC_OK : lc__no_memory(err);
    if (!st)
        st = lc_nas_extremes(p, 0, least, least + 1, err);
    if (!st)
        st = lc_nas_scores(p, least[1].choices, options, r->known, score, err);
    if (!st)
        st = lc_nas_assign(p, score, 60, out->choices, &proof, err);
    out->optimal = proof.optimal;
    out->looked_at = lc_nas_accuracies_size(r->known);
    free(least);
    free(score);
    return st;
}

/* Accuracies are those of the table, or what the supernet said in this search and those before. */
static lc_status begin(run *r, lc_error *err) {
    lc__hunt *h = r->hunt;
    r->known = h->table ? h->table : h->judged;
    if (r->known)
        return LC_OK;
    lc_status st = lc_nas_accuracies_new(&h->problem, &h->judged, err);
    r->known = h->judged;
    return st ? st : recall(r, err);
}

lc_status lc__hunt_select(lc__hunt *h, const char *state, lc__found *out, lc_error *err) {
    run r = {.hunt = h, .state = state, .stop = lc__interrupts_catch(), .kept = lc__now()};
    bool lana = h->way == LC__WAY_LANA;
    lc_status st = begin(&r, err);
    if (st)
        return st;
    size_t n = lana ? lc_nas_place(&h->problem, h->problem.n_positions) -
                          (size_t)h->problem.n_positions + 1
               : h->selection == LC_NAS_EXHAUSTIVE ? MANY
                                                   : (size_t)h->options->evaluations;
    lc_nas_select_options options = {.method = h->selection,
                                     .seed = (uint64_t)h->options->course.seed,
                                     .evaluations = n,
                                     .accuracy = h->table ? NULL : ask,
                                     .ctx = &r};
    lc__progress_start(&r.progress, "judging nets", n,
                       h->table || h->looked.n || h->options->course.quiet);
    size_t before = r.asked = lc_nas_accuracies_size(r.known);
    st = lana ? assign(&r, &options, out, err) : choose(&r, &options, out, err);
    if (!st && !h->table && r.asked > before)
        st = keep(&r, err);
    if (st)
        lc__progress_clear(&r.progress);
    else
        lc__progress_end(&r.progress);
    return st;
}
