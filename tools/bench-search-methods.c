/* Differentiable search without training: budgets under forecasts of a device that ships, and a
 * supernet that is a formula. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "bench-search.h"

enum { SHOTS = 20, BUDGETS = 6, STEPS = 300 };
#define TOLERANCE 0.01
/* Standard deviation of a gradient, of what blocks differ by, as batches make it. */
#define NOISE 0.5

/* What a block loses: large kernels and expansions less, most where the net is deep; and its own,
 * for each seed. */
typedef struct supernet {
    double lost[LC_NAS_MAX_POSITIONS][16];
    uint64_t rng;
} supernet;

static supernet draw_supernet(const lc_nas_problem *p, uint64_t seed) {
    static const double base[] = {0.9, 1, 0.5, 0.25, 0.8, 0.9, 0.4, 0.2, 1.1};
    supernet s = {.rng = seed};
    for (int i = 0; i < p->n_positions; i++)
        for (int o = 0; o < p->n_options[i]; o++)
            s.lost[i][o] = base[o] * (1 + 0.5 * sin(i)) + 0.2 * lc__rng_unit(&s.rng);
    return s;
}

static double loss_of(const lc_nas_problem *p, const supernet *s, const int *choices) {
    double sum = 0;
    for (int i = 0; i < p->n_positions; i++)
        sum += s->lost[i][choices[i]];
    return sum;
}

static lc_nas_search *search(const lc_nas_problem *p, lc_nas_method method, supernet *s,
                             uint64_t seed) {
    lc_nas_options o = lc_nas_options_of(method, STEPS);
    lc_nas_search *search = NULL;
    lc_error err = {0};
    size_t places = lc_nas_place(p, p->n_positions);
    double *gate = search_room(places, sizeof *gate), *slope = search_room(places, sizeof *slope);
    int choices[LC_NAS_MAX_POSITIONS];
    o.seed = seed;
    search_must(lc_nas_search_new(p, &o, &search, &err), "searching", &err);
    for (int k = 0; k < STEPS; k++) {
        double loss = 0;
        lc_nas_sample(search, choices, gate);
        for (size_t i = 0, place = 0; i < (size_t)p->n_positions; i++)
            for (int j = 0; j < p->n_options[i]; j++, place++) {
                loss += gate[place] * s->lost[i][j];
                slope[place] =
                    gate[place] > 0 ? s->lost[i][j] + NOISE * search_normal(&s->rng) : NAN;
            }
        search_must(lc_nas_step(search, loss, slope, &err), "searching", &err);
    }
    free(gate);
    free(slope);
    return search;
}

/* What the searches of one method found, over devices, seeds and budgets. */
typedef struct found {
    double *derived, *logits; /* |forecast / budget - 1| in percent, of the net and the logits' */
    double *more;             /* loss above the best net's of that budget, percent of it */
    double *seconds;          /* of a search */
    size_t n, n_searches;
} found;

static found open_found(size_t n) {
    found f = {0};
    f.derived = search_room(n, sizeof *f.derived);
    f.logits = search_room(n, sizeof *f.logits);
    f.more = search_room(n, sizeof *f.more);
    f.seconds = search_room(n, sizeof *f.seconds);
    return f;
}

static void report(const char *method, found *f, const char *after) {
    size_t hit = 0;
    for (size_t i = 0; i < f->n; i++)
        hit += f->derived[i] <= 100 * TOLERANCE;
    printf("{\"method\":\"%s\",\"searches\":%zu,\"nets\":%zu,\"within 1 %%\":%zu,", method,
           f->n_searches, f->n, hit);
    search_spread("off the budget (%)", f->derived, f->n);
    putchar(',');
    search_spread("of the largest logits (%)", f->logits, f->n);
    putchar(',');
    search_spread("loss above the best net's (%)", f->more, f->n);
    putchar(',');
    search_spread("seconds", f->seconds, f->n_searches);
    printf("}%s\n", after);
    free(f->derived);
    free(f->logits);
    free(f->more);
    free(f->seconds);
}

/* The least loss of a net that keeps the budget, whether near to it or far below. */
static double least_loss(const lc_nas_problem *limited, const supernet *s) {
    lc_nas_problem keeps = *limited, *p = &keeps;
    size_t places = lc_nas_place(p, p->n_positions);
    double *score = search_room(places, sizeof *score);
    lc_nas_proof proof;
    lc_error err = {0};
    int choices[LC_NAS_MAX_POSITIONS];
    keeps.tolerance = 0;
    for (size_t i = 0, place = 0; i < (size_t)p->n_positions; i++)
        for (int o = 0; o < p->n_options[i]; o++, place++)
            score[place] = -s->lost[i][o];
    search_must(lc_nas_assign(p, score, 0, choices, &proof, &err), "best net", &err);
    free(score);
    return -proof.score;
}

/* How far a net is from a budget, and from the best net there. */
static void judge(const lc_nas_problem *limited, const supernet *s, const int *choices,
                  double logits, found *f) {
    lc_nas_value value;
    lc_error err = {0};
    double budget = limited->costs[0].limit;
    search_must(lc_nas_cost_of(limited, 0, choices, &value, &err), "cost", &err);
    f->derived[f->n] = 100 * fabs(value.mean / budget - 1);
    f->logits[f->n] = 100 * fabs(logits / budget - 1);
    f->more[f->n++] = 100 * (loss_of(limited, s, choices) / least_loss(limited, s) - 1);
}

/* Searches, and derives a net; *logits is what that of the largest logits costs. */
static void find(const lc_nas_problem *p, lc_nas_method method, uint64_t seed, int *choices,
                 double *logits, found *f) {
    supernet s = draw_supernet(p, seed);
    lc_error err = {0};
    lc_nas_proof proof;
    lc_nas_value value;
    double start = search_seconds();
    lc_nas_search *x = search(p, method, &s, seed);
    search_must(lc_nas_forecast(x, choices, &value, &err), "forecast", &err);
    *logits = value.mean;
    search_must(lc_nas_derive(x, choices, &proof, &err), "deriving", &err);
    f->seconds[f->n_searches++] = search_seconds() - start;
    lc_nas_search_free(x);
}

/* FBNet's loss knows no budget: its weights say what latency is worth, so one search is for all.
 */
static void run_seed(const lc_nas_problem *p, const lc_nas_extreme ends[2], uint64_t seed,
                     found f[2]) {
    supernet s = draw_supernet(p, seed);
    lc_nas_problem limited = *p, unlimited = *p;
    int of_budget[LC_NAS_MAX_POSITIONS], of_all[LC_NAS_MAX_POSITIONS];
    double logits, logits_of_all;
    unlimited.tolerance = 0;
    find(&unlimited, LC_NAS_FBNET, seed, of_all, &logits_of_all, &f[1]);
    for (int b = 0; b < BUDGETS; b++) {
        limited.costs[0].limit =
            ends[0].value.upper + (b + 0.5) / BUDGETS * (ends[1].value.upper - ends[0].value.upper);
        find(&limited, LC_NAS_LIGHTNAS, seed, of_budget, &logits, &f[0]);
        judge(&limited, &s, of_budget, logits, &f[0]);
        judge(&limited, &s, of_all, logits_of_all, &f[1]);
    }
}

int search_methods(int argc, char **argv) {
    static const lc_nas_method methods[] = {LC_NAS_LIGHTNAS, LC_NAS_FBNET};
    if (argc < 4)
        search_stop("methods", NULL);
    uint64_t first = strtoull(argv[1], NULL, 10);
    size_t seeds = strtoull(argv[2], NULL, 10), devices = (size_t)argc - 3;
    found f[2] = {open_found(devices * seeds * BUDGETS), open_found(devices * seeds * BUDGETS)};
    for (size_t d = 0; d < devices; d++) {
        lc_choice_predictor *compiled = search_device(argv[0], argv[d + 3], SHOTS, first);
        lc_nas_problem p;
        lc_nas_extreme ends[2];
        lc_error err = {0};
        search_must(lc_nas_problem_init(&p, lc_space_find("fbnet"), &err), "fbnet", &err);
        p.costs[p.n_costs++] =
            (lc_nas_cost){.name = "latency", .unit = "ns", .predictor = compiled};
        search_must(lc_nas_extremes(&p, 0, &ends[0], &ends[1], &err), "fbnet", &err);
        p.tolerance = TOLERANCE;
        for (uint64_t seed = first; seed < first + seeds; seed++)
            run_seed(&p, ends, seed, f);
        lc_choice_predictor_free(compiled);
    }
    puts("{\"rows\":[");
    for (size_t m = 0; m < 2; m++)
        report(lc_nas_method_name(methods[m]), &f[m], m ? "]}" : ",");
    return 0;
}
