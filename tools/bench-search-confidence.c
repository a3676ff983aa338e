/* Whether budgets are kept on devices known by few samples: NAS-Bench-201, a device and a budget at
 * random, the most accurate net whose forecast keeps the budget with some confidence. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "bench-search.h"
#include "predictor/batch.h"
#include "predictor/selection.h"

enum { SAMPLES = 10, CANDIDATES = 600, POOL_NETS = 300 };
/* Every how manieth net is looked at for the share above its quantile. */
enum { EVERY = 16 };
static const double levels[] = {0.5, 0.9, 0.95};
enum { LEVELS = sizeof levels / sizeof *levels };

/* Outcomes at one level. */
typedef struct outcome {
    double *lost;     /* accuracy, of draws that kept the budget */
    double *over;     /* latency / budget - 1 in percent, of those that did not */
    double *net_over; /* share of all nets above the quantile of their forecast, percent */
    size_t n_lost, n_over, n_net_over, refused;
} outcome;

/* A device name without batch size and dtype. */
static void hardware(const char *name, char *out, size_t size) {
    static const char *const ends[] = {"_1", "_32", "_256", "_fp32", "_fp16", "_int8"};
    snprintf(out, size, "%s", name);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(out), k = strlen(ends[i]);
        if (n > k && !strcmp(out + n - k, ends[i])) {
            out[n - k] = '\0';
            return;
        }
    }
}

/* The same chip, at another batch size or type, or in the other publication. */
static bool kin(const char *a, const char *b) {
    char x[80], y[80];
    hardware(a, x, sizeof x);
    hardware(b, y, sizeof y);
    return strstr(x, y) || strstr(y, x);
}

static lc_model *train(const search_table *t, size_t target) {
    const lc__table *table = &t->data.table;
    lc__pool_rows *pool = search_room(table->n_devices, sizeof *pool);
    size_t n = 0;
    lc_model *model = NULL;
    lc_error err = {0};
    for (size_t d = 0; d < table->n_devices; d++) {
        if (kin(table->devices[d], table->devices[target]))
            continue;
        const double *column = table->values + d * t->rows;
        size_t *rows = search_room(t->rows, sizeof *rows), measured = 0;
        uint64_t rng = d;
        for (size_t i = 0; i < t->rows; i++)
            if (!isnan(column[i]))
                rows[measured++] = i;
        search_draw(rows, measured, POOL_NETS, &rng);
        double *values = search_room(POOL_NETS, sizeof *values);
        for (size_t i = 0; i < POOL_NETS; i++)
            values[i] = column[rows[i]];
        pool[n++] = (lc__pool_rows){table->devices[d], rows, values, POOL_NETS};
    }
    search_must(lc__model_train_points(t->data.points, pool, n, NULL, 0, &model, &err),
                table->devices[target], &err);
    for (size_t i = 0; i < n; i++) {
        free((void *)pool[i].rows);
        free((void *)pool[i].values);
    }
    free(pool);
    return model;
}

/* A draw: a device, and what its samples and budget are drawn by. */
typedef struct draw {
    size_t device;
    uint64_t rng;
} draw;

typedef struct scene {
    const search_table *t;
    const double *value; /* the target's latencies */
    lc_nas_accuracies *known;
    size_t *rows, n; /* of those nets */
    lc_model *model;
} scene;

static scene open_scene(const search_table *t, size_t device) {
    scene s = {.t = t, .value = t->data.table.values + device * t->rows};
    s.known = search_known(t, s.value, NULL);
    s.rows = search_room(t->rows, sizeof *s.rows);
    for (size_t i = 0; i < t->rows; i++)
        if (!isnan(s.value[i]) && !isnan(t->accuracy[i]))
            s.rows[s.n++] = i;
    s.model = train(t, device);
    return s;
}

static void close_scene(scene *s) {
    lc_nas_accuracies_free(s->known);
    free(s->rows);
    lc_model_free(s->model);
}

/* The nets that `predict plan` would have measured, of a random lot: to the front of rows. */
static void plan(const scene *s, size_t *rows, uint64_t *rng) {
    size_t chosen[SAMPLES], row[SAMPLES], n = SAMPLES;
    lc_error err = {0};
    search_draw(rows, s->n, CANDIDATES, rng);
    lc__selection from = {
        .model = s->model, .points = s->t->data.points, .candidates = rows, .n = CANDIDATES};
    search_must(lc__select(&from, LC__METHOD_plan, &n, chosen, &err), "planning", &err);
    for (size_t i = 0; i < SAMPLES; i++)
        row[i] = rows[chosen[i]];
    memcpy(rows, row, sizeof row);
}

static lc_choice_predictor *forecasts(const scene *s, const size_t *rows) {
    double values[SAMPLES];
    lc_predictor *predictor = NULL;
    lc_choice_predictor *compiled = NULL;
    lc_error err = {0};
    for (size_t i = 0; i < SAMPLES; i++)
        values[i] = s->value[rows[i]];
    search_must(lc__predictor_adapt_points(s->model, s->t->data.points, rows, values, SAMPLES, NULL,
                                           &predictor, &err),
                "adapting", &err);
    search_must(lc_choice_predictor_new(predictor, s->t->problem.space, &compiled, &err),
                "compiling", &err);
    lc_predictor_free(predictor);
    return compiled;
}

/* Nets whose latency is above the quantile of their forecast, percent. */
static double share_over(const scene *s, const lc_nas_problem *p) {
    size_t over = 0, n = 0;
    int choices[LC_NAS_MAX_POSITIONS];
    for (size_t i = 0; i < s->n; i += EVERY, n++) {
        lc_nas_value v;
        search_choices(s->t, s->rows[i], choices);
        search_must(lc_nas_cost_of(p, 0, choices, &v, NULL), "forecast", NULL);
        over += s->value[s->rows[i]] > v.upper;
    }
    return 100 * (double)over / (double)n;
}

static void choose(const scene *s, lc_nas_problem *p, double budget, double best, outcome *o) {
    lc_nas_select_options options = {.method = LC_NAS_EXHAUSTIVE};
    lc_nas_result r;
    lc_error err = {0};
    o->net_over[o->n_net_over++] = share_over(s, p);
    lc_status st = lc_nas_select(p, &options, s->known, &r, &err);
    if (st == LC_EINFEASIBLE) {
        o->refused++;
        return;
    }
    search_must(st, "selecting", &err);
    if (r.best == r.n) { /* nets that keep it are not in the table */
        o->refused++;
    } else {
        const int *net = r.choices + r.best * (size_t)r.n_positions;
        double latency = s->value[s->t->row[search_vector(s->t, net)]];
        if (latency > budget)
            o->over[o->n_over++] = 100 * (latency / budget - 1);
        else
            o->lost[o->n_lost++] = best - r.accuracy[r.best];
    }
    lc_nas_result_clear(&r);
}

static void run_draw(const scene *s, uint64_t rng, outcome *o) {
    size_t *rows = search_room(s->n, sizeof *rows);
    memcpy(rows, s->rows, s->n * sizeof *rows);
    double budget = s->value[s->rows[lc__rng_below(&rng, s->n)]], best = -INFINITY;
    plan(s, rows, &rng);
    for (size_t i = 0; i < s->n; i++)
        if (s->value[s->rows[i]] <= budget)
            best = fmax(best, s->t->accuracy[s->rows[i]]);
    lc_choice_predictor *compiled = forecasts(s, rows);
    lc_nas_problem p = s->t->problem;
    for (size_t k = 0; k < LEVELS; k++) {
        p.costs[0] = (lc_nas_cost){.name = "latency",
                                   .unit = "ms",
                                   .predictor = compiled,
                                   .limit = budget,
                                   .confidence = levels[k]};
        p.n_costs = 1;
        choose(s, &p, budget, best, &o[k]);
    }
    lc_choice_predictor_free(compiled);
    free(rows);
}

static void print_all(const char *name, const double *x, size_t n, const char *after) {
    printf("\"%s\":[", name);
    for (size_t i = 0; i < n; i++)
        printf("%s%.6g", i ? "," : "", x[i]);
    printf("]%s", after);
}

int search_confidence(int argc, char **argv) {
    search_table t;
    if (argc != 6)
        search_stop("confidence", NULL);
    uint64_t rng = strtoull(argv[2], NULL, 10);
    size_t draws = strtoull(argv[3], NULL, 10), shard = strtoull(argv[4], NULL, 10);
    size_t shards = strtoull(argv[5], NULL, 10);
    search_table_open(&t, argv[0], argv[1], rng);
    draw *drawn = search_room(draws, sizeof *drawn);
    for (size_t i = 0; i < draws; i++) {
        drawn[i].device = (size_t)lc__rng_below(&rng, t.data.table.n_devices);
        drawn[i].rng = lc__rng_u64(&rng);
    }
    outcome o[LEVELS] = {0};
    for (size_t k = 0; k < LEVELS; k++) {
        o[k].lost = search_room(draws, sizeof(double));
        o[k].over = search_room(draws, sizeof(double));
        o[k].net_over = search_room(draws, sizeof(double));
    }
    for (size_t d = shard; d < t.data.table.n_devices; d += shards) {
        size_t of_device = 0;
        for (size_t i = 0; i < draws; i++)
            of_device += drawn[i].device == d;
        if (of_device == 0)
            continue;
        scene s = open_scene(&t, d);
        for (size_t i = 0; i < draws; i++)
            if (drawn[i].device == d)
                run_draw(&s, drawn[i].rng, o);
        close_scene(&s);
    }
    printf("{\"rows\":[");
    for (size_t k = 0; k < LEVELS; k++) {
        printf("%s{\"confidence\":%g,\"refused\":%zu,", k ? ",\n" : "\n", levels[k], o[k].refused);
        print_all("accuracy lost", o[k].lost, o[k].n_lost, ",");
        print_all("above the budget (%)", o[k].over, o[k].n_over, ",");
        print_all("nets above their quantile (%)", o[k].net_over, o[k].n_net_over, "}");
        free(o[k].lost);
        free(o[k].over);
        free(o[k].net_over);
    }
    puts("\n]}");
    free(drawn);
    search_table_close(&t);
    return 0;
}
