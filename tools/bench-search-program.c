/* The integer program: FBNet under forecasts, small ones against trying every net, and 100 layers
 * of 200 alternatives. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "bench-search.h"

enum { SHOTS = 20, BUDGETS = 10, SMALL = 300, PARTS = 40, FREE = 4, LARGE = 100, WIDE = 200 };
/* What one of the large ones may take, seconds: more is a failure to prove it in time. */
#define PATIENCE 600.0
#define EQUAL 1e-7

/* Times and outcomes of a row. */
typedef struct tally {
    double *seconds;
    size_t n, proven;
    double gap; /* the largest of bound over score, percent */
} tally;

static void report(const char *what, tally *t, const char *after) {
    printf("{\"what\":\"%s\",\"instances\":%zu,\"proven\":%zu,\"bound above score at most "
           "(%%)\":%.3g,",
           what, t->n, t->proven, t->gap);
    search_spread("seconds", t->seconds, t->n);
    printf("}%s\n", after);
    free(t->seconds);
}

static void assign(const lc_nas_problem *p, const double *score, int *choices, tally *t) {
    lc_error err = {0};
    lc_nas_proof proof;
    double start = search_seconds();
    search_must(lc_nas_assign(p, score, PATIENCE, choices, &proof, &err), "assigning", &err);
    t->seconds[t->n++] = search_seconds() - start;
    t->proven += proof.optimal;
    t->gap = fmax(t->gap, 100 * (proof.bound / proof.score - 1));
}

/* Scores that grow with what an option costs, more or less, as accuracies do. */
static void draw_scores(const lc_nas_problem *p, const double *cost, double alike, uint64_t *rng,
                        double *score) {
    size_t place = 0;
    for (int i = 0; i < p->n_positions; i++) {
        double most = 1e-300;
        for (int o = 0; o < p->n_options[i]; o++)
            most = fmax(most, fabs(cost[place + (size_t)o] - cost[place]));
        for (int o = 0; o < p->n_options[i]; o++, place++)
            score[place] = alike * (cost[place] - cost[place - (size_t)o]) / most +
                           (1 - alike) * lc__rng_unit(rng);
    }
}

/* Where a limit binds: `share` of the way from the least cost to that of the net of largest scores.
 */
static double binding(const lc_nas_problem *p, const double *score, double share) {
    int best[LC_NAS_MAX_POSITIONS];
    lc_nas_extreme least, most;
    lc_nas_value value;
    lc_error err = {0};
    for (size_t i = 0, place = 0; i < (size_t)p->n_positions; i++) {
        best[i] = 0;
        for (int o = 1; o < p->n_options[i]; o++)
            if (score[place + (size_t)o] > score[place + (size_t)best[i]])
                best[i] = o;
        place += (size_t)p->n_options[i];
    }
    search_must(lc_nas_extremes(p, 0, &least, &most, &err), "extremes", &err);
    search_must(lc_nas_cost_of(p, 0, best, &value, &err), "cost", &err);
    return least.value.upper + share * (value.upper - least.value.upper);
}

/* ---- FBNet ---- */

typedef struct fbnet {
    lc_nas_problem problem;
    lc_nas_extreme least, most;
    size_t places;
    /* What options add to the forecast of a net in the middle, [places], above the least of their
     * position: a table of layers, as LANA has it. */
    double *table;
} fbnet;

static fbnet open_fbnet(const lc_choice_predictor *compiled) {
    fbnet f;
    lc_error err = {0};
    int middle[LC_NAS_MAX_POSITIONS];
    search_must(lc_nas_problem_init(&f.problem, lc_space_find("fbnet"), &err), "fbnet", &err);
    f.problem.costs[f.problem.n_costs++] =
        (lc_nas_cost){.name = "latency", .unit = "ns", .predictor = compiled};
    f.places = lc_nas_place(&f.problem, f.problem.n_positions);
    search_must(lc_nas_extremes(&f.problem, 0, &f.least, &f.most, &err), "fbnet", &err);
    for (int i = 0; i < f.problem.n_positions; i++)
        middle[i] = 2;
    f.table = search_room(f.places, sizeof *f.table);
    search_must(lc_choice_predictor_neighbours(compiled, middle, f.table, &err), "fbnet", &err);
    for (size_t i = 0, place = 0; i < (size_t)f.problem.n_positions; i++) {
        size_t n = (size_t)f.problem.n_options[i];
        double least = INFINITY;
        for (size_t o = 0; o < n; o++)
            least = fmin(least, f.table[place + o]);
        for (size_t o = 0; o < n; o++)
            f.table[place + o] -= least;
        place += n;
    }
    return f;
}

static void run_fbnet(const fbnet *f, const lc_nas_problem *problem, uint64_t first, size_t seeds,
                      tally *t) {
    lc_nas_problem p = *problem;
    double *score = search_room(f->places, sizeof *score);
    int choices[LC_NAS_MAX_POSITIONS];
    for (uint64_t seed = first; seed < first + seeds; seed++)
        for (int b = 0; b < BUDGETS; b++) {
            uint64_t rng = seed;
            draw_scores(&p, f->table, b % 2 ? 0.5 : 0, &rng, score);
            p.costs[0].limit = 0;
            p.costs[0].limit = binding(&p, score, (b + 0.5) / BUDGETS);
            assign(&p, score, choices, t);
        }
    free(score);
}

/* ---- small ones ---- */

/* A net of few free positions, the others fixed, as the forecast has it. */
typedef struct part {
    const lc_choice_predictor *compiled;
    int fixed[LC_NAS_MAX_POSITIONS], position[FREE];
} part;

static lc_status part_value(void *ctx, const int *choices, double *value, lc_error *err) {
    part *x = ctx;
    for (int i = 0; i < FREE; i++)
        x->fixed[x->position[i]] = choices[i];
    return lc_choice_predictor_batch(x->compiled, x->fixed, 1, value, NULL, NULL, err);
}

static double sum(const lc_nas_problem *p, const double *score, const int *choices) {
    double s = 0;
    size_t place = 0;
    for (int i = 0; i < p->n_positions; i++) {
        s += score[place + (size_t)choices[i]];
        place += (size_t)p->n_options[i];
    }
    return s;
}

/* The largest score of all nets within the limits and, where that can be, on target. */
static double try_all(const lc_nas_problem *p, const double *score) {
    int choices[LC_NAS_MAX_POSITIONS] = {0}, i;
    double best = -INFINITY;
    lc_error err = {0};
    do {
        bool within, on_target;
        search_must(lc_nas_fits(p, choices, &within, &on_target, &err), "trying", &err);
        if (within && on_target)
            best = fmax(best, sum(p, score, choices));
        for (i = p->n_positions - 1; i >= 0 && ++choices[i] == p->n_options[i]; i--)
            choices[i] = 0;
    } while (i >= 0);
    return best;
}

/* Counts how often the program's score is that of the best net. */
typedef struct match {
    size_t n, equal, none;
    double worst; /* relative to what scores differ by at a position */
} match;

static void compare(const lc_nas_problem *p, const double *score, match *m) {
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    lc_error err = {0};
    double best = try_all(p, score);
    lc_status st = lc_nas_assign(p, score, 0, choices, &proof, &err);
    m->n++;
    if (best == -INFINITY) { /* no net, or none on target */
        bool said = st == LC_EINFEASIBLE || (st == LC_OK && !proof.on_target);
        m->none++;
        m->equal += said;
        return;
    }
    search_must(st, "small program", &err);
    m->equal += fabs(best - proof.score) < EQUAL && proof.on_target;
    m->worst = fmax(m->worst, best - proof.score);
}

static void report_match(const char *what, const match *m, const char *after) {
    printf("{\"what\":\"%s\",\"instances\":%zu,\"equal to trying all\":%zu,\"of which no net is "
           "allowed\":%zu,\"largest loss of score\":%.3g}%s\n",
           what, m->n, m->equal, m->none, m->worst, after);
}

/* 5 positions of 5 options, costs random sums; `limits` of them, or a target of 2 %. */
static match run_small(uint64_t first, int limits, bool target) {
    enum { N = 5, PLACES = N * N };
    match m = {0};
    for (uint64_t seed = first; seed < first + SMALL; seed++) {
        uint64_t rng = seed * 3 + (uint64_t)limits;
        double cost[2][PLACES], score[PLACES];
        lc_nas_problem p = {.n_positions = N, .n_costs = limits};
        for (int i = 0; i < N; i++)
            p.n_options[i] = N;
        bool whole = seed % 2;
        for (int k = 0; k < limits; k++) {
            for (size_t j = 0; j < PLACES; j++)
                cost[k][j] = whole ? (double)lc__rng_below(&rng, 20) : 20 * lc__rng_unit(&rng);
            double share = 0.1 + 0.6 * lc__rng_unit(&rng);
            p.costs[k] = (lc_nas_cost){.name = k ? "energy" : "latency",
                                       .unit = "units",
                                       .table = cost[k],
                                       .base = 1,
                                       .limit = 1 + share * 19 * N};
        }
        for (size_t j = 0; j < PLACES; j++)
            score[j] = lc__rng_unit(&rng);
        p.tolerance = target ? 0.02 : 0;
        compare(&p, score, &m);
    }
    return m;
}

/* FREE positions of FBNet, whose cost is the forecast and no sum. */
static match run_parts(const lc_choice_predictor *compiled, const fbnet *f, uint64_t first) {
    match m = {0};
    for (uint64_t seed = first; seed < first + PARTS; seed++) {
        uint64_t rng = seed;
        part x = {.compiled = compiled};
        lc_nas_measure measure = {.ctx = &x, .value = part_value};
        lc_nas_problem p = {.n_positions = FREE, .n_costs = 1};
        lc_nas_extreme least, most;
        double score[FREE * 16];
        lc_error err = {0};
        for (int i = 0; i < f->problem.n_positions; i++)
            x.fixed[i] = (int)lc__rng_below(&rng, (uint64_t)f->problem.n_options[i]);
        for (int i = 0; i < FREE; i++) {
            x.position[i] = i * f->problem.n_positions / FREE;
            p.n_options[i] = f->problem.n_options[x.position[i]];
        }
        p.costs[0] = (lc_nas_cost){.name = "latency", .unit = "ns", .measure = &measure};
        search_must(lc_nas_extremes(&p, 0, &least, &most, &err), "part of fbnet", &err);
        p.costs[0].limit = least.value.upper + (0.1 + 0.8 * lc__rng_unit(&rng)) *
                                                   (most.value.upper - least.value.upper);
        for (size_t j = 0; j < lc_nas_place(&p, FREE); j++)
            score[j] = lc__rng_unit(&rng);
        compare(&p, score, &m);
    }
    return m;
}

/* ---- large ones ---- */

typedef enum relation { UNRELATED, WEAKLY, STRONGLY, ALIKE, RELATIONS } relation;
static const char *const relations[] = {
    "100 x 200, scores unrelated to costs", "100 x 200, scores weakly related to costs",
    "100 x 200, scores strongly related to costs", "100 x 200, scores that are the costs"};

/* Instances as the knapsack's literature has them (Pisinger, EJOR 83, 1995, section 6): within 10 %
 * of the cost; cost and score both summed up over steps of a cost and that plus 10. */
static void draw_large(relation how, uint64_t *rng, double *cost, double *score) {
    for (size_t i = 0; i < LARGE; i++) {
        double c = 0, s = 0;
        for (size_t o = 0; o < WIDE; o++, cost++, score++) {
            double x = 1 + 999 * lc__rng_unit(rng);
            c += x;
            s += x + 100;
            *cost = how == STRONGLY ? c : x;
            *score = how == UNRELATED  ? 1 + 999 * lc__rng_unit(rng)
                     : how == WEAKLY   ? x + 200 * (lc__rng_unit(rng) - 0.5)
                     : how == STRONGLY ? s
                                       : x;
        }
    }
}

static void run_large(relation how, uint64_t first, size_t seeds, tally *t) {
    size_t places = (size_t)LARGE * WIDE;
    double *cost = search_room(2 * places, sizeof *cost), *score = cost + places;
    lc_nas_problem p = {.n_positions = LARGE, .n_costs = 1};
    for (int i = 0; i < LARGE; i++)
        p.n_options[i] = WIDE;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        uint64_t rng = seed;
        int choices[LC_NAS_MAX_POSITIONS];
        draw_large(how, &rng, cost, score);
        p.costs[0] = (lc_nas_cost){.name = "latency", .unit = "us", .table = cost};
        p.costs[0].limit = binding(&p, score, 0.05 + 0.9 * lc__rng_unit(&rng));
        assign(&p, score, choices, t);
    }
    free(cost);
}

int search_program(int argc, char **argv) {
    if (argc < 4)
        search_stop("program", NULL);
    uint64_t first = strtoull(argv[1], NULL, 10);
    size_t seeds = strtoull(argv[2], NULL, 10), devices = (size_t)argc - 3;
    tally forecasts = {.seconds = search_room(devices * seeds * BUDGETS, sizeof(double))};
    tally tables = {.seconds = search_room(devices * seeds * BUDGETS, sizeof(double))};
    match parts = {0};
    puts("{\"rows\":[");
    for (size_t i = 0; i < devices; i++) {
        lc_choice_predictor *compiled = search_device(argv[0], argv[i + 3], SHOTS, first);
        fbnet f = open_fbnet(compiled);
        lc_nas_problem table = f.problem;
        table.costs[0] = (lc_nas_cost){
            .name = "latency", .unit = "ns", .table = f.table, .base = f.least.value.mean};
        run_fbnet(&f, &f.problem, first, seeds, &forecasts);
        run_fbnet(&f, &table, first, seeds, &tables);
        match m = run_parts(compiled, &f, first);
        parts = (match){parts.n + m.n, parts.equal + m.equal, parts.none + m.none,
                        fmax(parts.worst, m.worst)};
        free(f.table);
        lc_choice_predictor_free(compiled);
    }
    report("FBNet (22 x 9), forecasts", &forecasts, ",");
    report("FBNet (22 x 9), table of what options add", &tables, ",");
    report_match("4 positions of FBNet, forecasts", &parts, ",");
    for (int limits = 1; limits <= 2; limits++) {
        match m = run_small(first, limits, false);
        report_match(limits == 1 ? "5 x 5, a limit" : "5 x 5, two limits", &m, ",");
    }
    match m = run_small(first, 1, true);
    report_match("5 x 5, a target", &m, ",");
    for (int how = 0; how < RELATIONS; how++) {
        tally t = {.seconds = search_room(seeds, sizeof(double))};
        run_large((relation)how, first, seeds, &t);
        report(relations[how], &t, how + 1 < RELATIONS ? "," : "]}");
    }
    return 0;
}
