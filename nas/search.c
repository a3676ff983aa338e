#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "assign.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/text.h"
#include "cost.h"
#include "vectors.h"

static bool positive(double x) {
    return isfinite(x) && x > 0;
}

static bool not_negative(double x) {
    return isfinite(x) && x >= 0;
}

static lc_status check_options(const lc_nas_options *o, lc_error *err) {
    const char *wrong = !lc__method_of(o->method)           ? "method"
                        : o->steps == 0                     ? "steps"
                        : !positive(o->rate)                ? "rate"
                        : !positive(o->temperature[0])      ? "first temperature"
                        : !positive(o->temperature[1])      ? "last temperature"
                        : !not_negative(o->multiplier_rate) ? "multiplier_rate"
                        : !not_negative(o->damping)         ? "damping"
                        : !positive(o->alpha)               ? "alpha"
                        : !not_negative(o->beta)            ? "beta"
                        : !positive(o->log_unit)            ? "log_unit"
                        : !not_negative(o->strength)        ? "strength"
                                                            : NULL;
    if (!wrong)
        return LC_OK;
    lc_error_set(err, LC_EUSAGE, "the %s of a search is out of range; start from the defaults",
                 wrong);
    return LC_EUSAGE;
}

/* The logarithm of FBNet's loss must be above 0 for every net. */
static lc_status check_logarithm(const lc_nas_search *s, lc_error *err) {
    lc_nas_extreme least, most;
    if (s->method->rule != LC__RULE_PRODUCT || s->problem.n_costs == 0)
        return LC_OK;
    lc_status st = lc_nas_extremes(&s->problem, 0, &least, &most, err);
    if (st == LC_OK && !(least.value.upper > s->options.log_unit))
        st =
            lc_error_set(err, LC_EUSAGE,
                         "fbnet takes the logarithm of cost / log_unit, which must be above 1: the "
                         "least %s is %g %s, log_unit is %g",
                         s->problem.costs[0].name, least.value.upper, s->problem.costs[0].unit,
                         s->options.log_unit);
    return st;
}

static lc_status check_gradients(const lc_nas_problem *p, lc_error *err) {
    for (int k = 0; k < p->n_costs; k++)
        if (p->costs[k].measure && !p->costs[k].measure->relaxed)
            return lc_error_set(err, LC_EUNSUPPORTED,
                                "%s has no gradient: differentiable methods need one; use a "
                                "selection method",
                                p->costs[k].name);
    return LC_OK;
}

static lc_status allocate(lc_nas_search *s, lc_error *err) {
    size_t positions = (size_t)s->problem.n_positions, n = s->places;
    s->n_state = 3 * n + 2 * positions + (size_t)2 * LC_NAS_MAX_COSTS + LC__POWERS;
    s->state = calloc(s->n_state, sizeof *s->state);
    s->scratch = calloc(7 * n, sizeof *s->scratch);
    if (!s->state || !s->scratch)
        return lc__no_memory(err);
    s->logits = s->state;
    s->first = s->logits + n;
    s->second = s->first + n;
    s->usual = s->second + n;
    s->usual_weight = s->usual + positions;
    s->lambda = s->usual_weight + positions;
    s->violation = s->lambda + LC_NAS_MAX_COSTS;
    s->power = s->violation + LC_NAS_MAX_COSTS;
    double **parts[] = {&s->p, &s->h, &s->at, &s->loss_slope, &s->cost_slope, &s->sum, &s->work};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        *parts[i] = s->scratch + i * n;
    return LC_OK;
}

lc_status lc_nas_search_new(const lc_nas_problem *problem, const lc_nas_options *options,
                            lc_nas_search **out, lc_error *err) {
    lc_status st = lc_nas_check(problem, err);
    if (st == LC_OK)
        st = check_options(options, err);
    if (st == LC_OK)
        st = check_gradients(problem, err);
    if (st == LC_OK)
        st = lc_nas_feasible(problem, err);
    if (st != LC_OK)
        return st;
    lc_nas_search *s = calloc(1, sizeof *s);
    if (!s)
        return lc__no_memory(err);
    s->problem = *problem;
    s->options = *options;
    s->method = lc__method_of(options->method);
    s->places = lc_nas_place(problem, problem->n_positions);
    s->rng = options->seed;
    st = allocate(s, err);
    if (st == LC_OK)
        st = check_logarithm(s, err);
    if (st == LC_OK)
        *out = s;
    else
        lc_nas_search_free(s);
    return st;
}

void lc_nas_search_free(lc_nas_search *search) {
    if (!search)
        return;
    free(search->state);
    free(search->scratch);
    free(search);
}

double lc__temperature(const lc_nas_search *s) {
    double first = s->options.temperature[0], last = s->options.temperature[1];
    double done = fmin((double)s->step / (double)s->options.steps, 1);
    return first * pow(last / first, done);
}

void lc__softmax_logits(const lc_nas_problem *p, const double *logits, double temperature,
                        double *out) {
    for (int i = 0; i < p->n_positions; i++) {
        double most = -INFINITY, sum = 0;
        int n = p->n_options[i];
        for (int o = 0; o < n; o++)
            most = fmax(most, logits[o]);
        for (int o = 0; o < n; o++)
            sum += out[o] = exp((logits[o] - most) / temperature);
        for (int o = 0; o < n; o++)
            out[o] /= sum;
        logits += n;
        out += n;
    }
}

/* An option at every position by p. */
static void draw_options(const lc_nas_search *s, uint64_t *rng, int *path) {
    const double *p = s->p;
    for (int i = 0; i < s->problem.n_positions; i++) {
        int n = s->problem.n_options[i], o = 0;
        double left = lc__rng_unit(rng);
        while (o < n - 1 && left >= p[o])
            left -= p[o++];
        path[i] = o;
        p += n;
    }
}

uint64_t lc__draw(lc_nas_search *s, int *path) {
    uint64_t rng = s->rng;
    lc__softmax_logits(&s->problem, s->logits, 1, s->p);
    memcpy(s->h, s->p, s->places * sizeof *s->h);
    if (s->method->gumbel) {
        /* Logits and the logarithms of p differ by a constant at every position. */
        for (size_t k = 0; k < s->places; k++)
            s->work[k] = s->logits[k] - log(-log(lc__rng_unit(&rng) + 0x1p-54));
        lc__softmax_logits(&s->problem, s->work, lc__temperature(s), s->h);
    }
    if (s->method->path == LC__PATH_DRAWN)
        draw_options(s, &rng, path);
    else
        lc__largest(&s->problem, s->method->gumbel ? s->work : s->p, path);
    return rng;
}

void lc_nas_sample(lc_nas_search *search, int *choices, double *gate) {
    lc__draw(search, choices);
    if (gate && search->method->soft)
        memcpy(gate, search->h, search->places * sizeof *gate);
    else if (gate)
        lc__one_hot(&search->problem, choices, gate);
}

size_t lc_nas_steps(const lc_nas_search *search) {
    return (size_t)search->step;
}

void lc_nas_probability(const lc_nas_search *search, double *probability) {
    lc__softmax_logits(&search->problem, search->logits, 1, probability);
}

void lc_nas_gradient(const lc_nas_search *search, double *gradient) {
    memcpy(gradient, search->sum, search->places * sizeof *gradient);
}

lc_status lc_nas_forecast(const lc_nas_search *search, int *choices, lc_nas_value *value,
                          lc_error *err) {
    lc_status st = LC_OK;
    lc__largest(&search->problem, search->logits, choices);
    for (int k = 0; k < search->problem.n_costs && st == LC_OK; k++)
        st = lc__cost_value(&search->problem, k, choices, &value[k], err);
    return st;
}

lc_nas_multiplier lc_nas_multiplier_of(const lc_nas_search *search, int cost) {
    if (search->method->rule != LC__RULE_MULTIPLIER)
        return (lc_nas_multiplier){0, 0};
    return (lc_nas_multiplier){lc__pressure(search, cost) * lc__gradient_ratio(search),
                               search->violation[cost]};
}

lc_status lc_nas_derive(const lc_nas_search *search, int *choices, lc_nas_proof *proof,
                        lc_error *err) {
    double *score = calloc(search->places, sizeof *score);
    if (!score)
        return lc__no_memory(err);
    lc__softmax_logits(&search->problem, search->logits, 1, score);
    for (size_t k = 0; k < search->places; k++)
        score[k] = log(fmax(score[k], 1e-300));
    lc_status st = lc_nas_assign(&search->problem, score, LC__ASSIGN_SECONDS, choices, proof, err);
    free(score);
    return st;
}

uint64_t lc__search_digest(const lc_nas_search *s) {
    const lc_nas_problem *p = &s->problem;
    const lc_nas_options *o = &s->options;
    uint64_t steps = o->steps;
    int32_t method = (int32_t)o->method;
    uint64_t h =
        lc__fnv1a(LC__FNV_START, p->n_options, (size_t)p->n_positions * sizeof *p->n_options);
    h = lc__fnv1a(h, &p->tolerance, sizeof p->tolerance);
    for (int k = 0; k < p->n_costs; k++) {
        const lc_nas_cost *c = &p->costs[k];
        double numbers[] = {c->limit, c->weight, c->confidence};
        h = lc__fnv1a(h, c->name, strlen(c->name) + 1);
        h = lc__fnv1a(h, numbers, sizeof numbers);
    }
    double numbers[] = {o->rate,    o->temperature[0], o->temperature[1], o->multiplier_rate,
                        o->damping, o->alpha,          o->beta,           o->log_unit,
                        o->strength};
    h = lc__fnv1a(h, numbers, sizeof numbers);
    h = lc__fnv1a(h, &method, sizeof method);
    h = lc__fnv1a(h, &steps, sizeof steps);
    return lc__fnv1a(h, &o->seed, sizeof o->seed);
}
