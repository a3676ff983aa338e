/* Differentiable search over a trained supernet. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/now.h"
#include "base/progress.h"
#include "hunt.h"

typedef struct run {
    lc__hunt *hunt;
    lc_nas_search *search;
    const char *state;
    double *gradient; /* [places] */
    size_t places, steps;
} run;

/* Runs the path that is drawn on the next batch of the images set apart. */
static lc_status step(run *r, lc_error *err) {
    const lc_nas_problem *p = &r->hunt->problem;
    int choices[LC_NET_MAX_CHOICES];
    double gate[LC_NET_MAX_CHOICES];
    lc__outcome outcome;
    lc_nas_sample(r->search, choices, NULL);
    lc_status st = lc__training_probe(r->hunt->training, choices, lc_nas_steps(r->search), &outcome,
                                      gate, err);
    if (st)
        return st;
    for (size_t i = 0; i < r->places; i++)
        r->gradient[i] = NAN;
    for (int i = 0; i < p->n_positions; i++)
        r->gradient[lc_nas_place(p, i) + (size_t)choices[i]] = gate[i];
    return lc_nas_step(r->search, outcome.loss, r->gradient, err);
}

static lc_status keep(const run *r, lc_error *err) {
    unsigned char *bytes;
    size_t length;
    lc_status st = lc_nas_save(r->search, &bytes, &length, err);
    if (!st) {
        st = lc__state_save(r->hunt, r->state, bytes, length, err);
        free(bytes);
    }
    return st;
}

static lc_status recall(run *r, lc_error *err) {
    unsigned char *bytes;
    size_t length;
    lc_status st = lc__state_load(r->hunt, r->state, &bytes, &length, err);
    if (!st && bytes && (st = lc_nas_load(r->search, bytes, length, err)))
        lc_error_in_file(err, r->state);
    free(bytes);
    return st;
}

static void tell(const run *r, lc__progress *progress) {
    const lc_nas_cost *cost = &r->hunt->problem.costs[0];
    int choices[LC_NET_MAX_CHOICES];
    lc_nas_value value[LC_NAS_MAX_COSTS];
    char detail[80] = "";
    if (!lc_nas_forecast(r->search, choices, value, NULL))
        snprintf(detail, sizeof detail, "%s %.4g of %.4g %s", cost->name, value[0].upper,
                 cost->limit, cost->unit);
    lc__progress_step(progress, lc_nas_steps(r->search), detail);
}

static lc_status steps(run *r, lc_error *err) {
    const volatile sig_atomic_t *stop = lc__interrupts_catch();
    lc__progress progress;
    lc__progress_start(&progress, "searching", r->steps, r->hunt->options->course.quiet);
    double kept = lc__now();
    lc_status st = LC_OK;
    while (!st && lc_nas_steps(r->search) < r->steps) {
        st = step(r, err);
        if (st)
            break;
        tell(r, &progress);
        if (*stop || lc__now() - kept > r->hunt->options->course.save_every) {
            st = keep(r, err);
            kept = lc__now();
        }
        if (!st && *stop)
            st = lc__state_interrupted(r->state, err);
    }
    if (st)
        lc__progress_clear(&progress);
    else
        lc__progress_end(&progress);
    return st;
}

lc_status lc__hunt_gradient(lc__hunt *h, const char *state, lc__found *out, lc_error *err) {
    lc_nas_options options = lc_nas_options_of(h->method, (size_t)h->options->steps);
    options.seed = (uint64_t)h->options->course.seed;
    run r = {.hunt = h, .state = state, .steps = options.steps};
    r.places = lc_nas_place(&h->problem, h->problem.n_positions);
    r.gradient = malloc(r.places * sizeof *r.gradient);
    lc_nas_proof proof = {0};
    lc_status st =
        r.gradient ? lc_nas_search_new(&h->problem, &options, &r.search, err) : lc__no_memory(err);
    if (!st)
        st = recall(&r, err);
    if (!st)
        st = steps(&r, err);
    lc_nas_value value[LC_NAS_MAX_COSTS];
    if (!st)
        st = lc_nas_forecast(r.search, out->choices, value, err);
    if (!st)
        out->reached = value[0].mean;
    if (!st)
        st = lc_nas_derive(r.search, out->choices, &proof, err);
    out->looked_at = r.steps;
    lc_nas_search_free(r.search);
    free(r.gradient);
    return st;
}
