/* NAS-Bench-201 for bench-search: a table of latencies, and accuracies of a file or made up. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench-search.h"

size_t search_vector(const search_table *t, const int *choices) {
    size_t at = 0;
    for (int i = 0; i < t->problem.n_positions; i++)
        at = at * (size_t)t->problem.n_options[i] + (size_t)choices[i];
    return at;
}

void search_choices(const search_table *t, size_t row, int *choices) {
    for (size_t i = 0; i < t->data.n_choices; i++)
        choices[i] = t->data.choices[row * t->data.n_choices + i];
}

/* Made-up accuracies, for want of measured ones: nets with more and larger convolutions on their
 * ways from input to output are better, with ever smaller gains, and those of a skip a little. */
enum { NONE, SKIP, CONV_1X1, CONV_3X3, POOL, OPERATIONS };
#define CEILING 94.6
#define SPAN 28.0
#define NO_SKIP 0.4
#define GUESSING 10.0
#define SPREAD 0.35 /* standard deviation of what nothing explains */

typedef struct ways {
    double capacity;
    int depth; /* convolutions on the longest way */
    bool skip;
} ways;

/* What lies on ways from `node` to the cell's end, `live` marking edges; depth -1: there is none.
 */
static int follow(const int *choices, int node, bool *live) {
    static const int to[] = {1, 2, 2, 3, 3, 3}, from[] = {0, 0, 1, 0, 1, 2};
    int most = node == 3 ? 0 : -1;
    for (int e = 0; e < 6; e++) {
        if (from[e] != node || choices[e] == NONE)
            continue;
        int depth = follow(choices, to[e], live);
        if (depth < 0)
            continue;
        live[e] = true;
        depth += choices[e] == CONV_1X1 || choices[e] == CONV_3X3;
        most = depth > most ? depth : most;
    }
    return most;
}

static double made_up(const int *choices, uint64_t seed) {
    static const double worth[OPERATIONS] = {
        [SKIP] = 0.12, [CONV_1X1] = 0.45, [CONV_3X3] = 1, [POOL] = -0.05};
    bool live[6] = {false};
    ways w = {.depth = follow(choices, 0, live)};
    for (int e = 0; e < 6; e++) {
        seed = 31 * seed + (uint64_t)choices[e];
        w.capacity += live[e] ? worth[choices[e]] : 0;
        w.skip = w.skip || (live[e] && choices[e] == SKIP);
    }
    if (w.depth < 0)
        return GUESSING;
    return CEILING - SPAN * exp(-0.85 * fmax(w.capacity, 0) - 0.25 * w.depth) -
           (w.skip ? 0 : NO_SKIP) + SPREAD * search_normal(&seed);
}

static void read_accuracies(search_table *t, const char *path) {
    lc_error err = {0};
    lc_nas_accuracies *all = NULL;
    int choices[LC_NAS_MAX_POSITIONS];
    search_must(lc_nas_accuracies_new(&t->problem, &all, &err), path, &err);
    search_must(lc_nas_accuracies_read(all, path, &err), path, &err);
    for (size_t i = 0; i < t->rows; i++) {
        search_choices(t, i, choices);
        if (!lc_nas_accuracies_find(all, choices, &t->accuracy[i]))
            t->accuracy[i] = NAN;
    }
    lc_nas_accuracies_free(all);
}

void search_table_open(search_table *t, const char *latencies, const char *accuracies,
                       uint64_t seed) {
    lc_error err = {0};
    int choices[LC_NAS_MAX_POSITIONS];
    lc__origin origin = {latencies, "csv", "latency", "nasbench201", NULL};
    search_must(lc__dataset_load(&origin, &t->data, &err), latencies, &err);
    search_must(lc_nas_problem_init(&t->problem, t->data.space, &err), latencies, &err);
    t->rows = t->data.table.n_rows;
    t->vectors = 1;
    for (int i = 0; i < t->problem.n_positions; i++)
        t->vectors *= (size_t)t->problem.n_options[i];
    t->accuracy = search_room(t->rows, sizeof *t->accuracy);
    t->row = search_room(t->vectors, sizeof *t->row);
    for (size_t i = 0; i < t->vectors; i++)
        t->row[i] = t->rows;
    for (size_t i = 0; i < t->rows; i++) {
        search_choices(t, i, choices);
        t->row[search_vector(t, choices)] = i;
        t->accuracy[i] = made_up(choices, seed);
    }
    if (strcmp(accuracies, "made-up") != 0)
        read_accuracies(t, accuracies);
}

void search_table_close(search_table *t) {
    lc__dataset_clear(&t->data);
    free(t->accuracy);
    free(t->row);
}

static lc_status column_value(void *ctx, const int *choices, double *value, lc_error *err) {
    const search_column *c = ctx;
    size_t row = c->table->row[search_vector(c->table, choices)];
    *value = row < c->table->rows ? c->value[row] : NAN;
    if (!isnan(*value))
        return LC_OK;
    lc_error_set(err, LC_ERUNTIME, "the net is not in the table");
    return LC_ERUNTIME;
}

void search_column_make(search_column *c, const search_table *table, const double *value) {
    *c = (search_column){.table = table, .value = value};
    c->measure = (lc_nas_measure){.ctx = c, .value = column_value};
}

lc_nas_problem search_column_problem(const search_column *c) {
    lc_nas_problem p = c->table->problem;
    p.costs[p.n_costs++] = (lc_nas_cost){.name = "latency", .unit = "ms", .measure = &c->measure};
    return p;
}

lc_nas_accuracies *search_known(const search_table *t, const double *a, const double *b) {
    lc_nas_accuracies *known = NULL;
    lc_error err = {0};
    int choices[LC_NAS_MAX_POSITIONS];
    search_must(lc_nas_accuracies_new(&t->problem, &known, &err), "accuracies", &err);
    for (size_t i = 0; i < t->rows; i++) {
        if (isnan(t->accuracy[i]) || isnan(a[i]) || (b && isnan(b[i])))
            continue;
        search_choices(t, i, choices);
        search_must(lc_nas_accuracies_add(known, choices, t->accuracy[i], &err), "accuracies",
                    &err);
    }
    return known;
}
