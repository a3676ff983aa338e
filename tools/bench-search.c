/* What tools/bench search asks of the library for searching, none of which trains anything.
 *
 * usage: bench-search program MODEL FIRST_SEED SEEDS DEVICE...
 *        bench-search methods MODEL FIRST_SEED SEEDS DEVICE...
 *        bench-search proxy LATENCIES ACCURACIES FIRST_SEED SEEDS SHARD SHARDS
 *        bench-search confidence LATENCIES ACCURACIES SEED DRAWS SHARD SHARDS
 *
 * Devices are device.json files; LATENCIES and ACCURACIES are CSV files of NAS-Bench-201. Prints
 * one JSON object.
 */
#include "bench-search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "base/stats.h"

/* What `predict` takes for the difference of two measurements on different occasions. */
#define REPEATABILITY 0.03

void search_stop(const char *what, const lc_error *err) {
    fprintf(stderr, "bench-search: %s: %s\n", what, err ? err->message : "failed");
    exit(1);
}

void search_must(lc_status status, const char *what, const lc_error *err) {
    if (status != LC_OK)
        search_stop(what, err);
}

void *search_room(size_t n, size_t size) {
    void *p = calloc(n + 1, size);
    if (!p)
        search_stop("allocating", NULL);
    return p;
}

void search_spread(const char *name, double *x, size_t n) {
    if (n == 0) {
        printf("\"%s\":null", name);
        return;
    }
    double mean = lc__mean(x, n);
    lc__sort(x, n);
    printf("\"%s\":{\"median\":%.6g,\"min\":%.6g,\"max\":%.6g,\"mean\":%.6g,\"p90\":%.6g}", name,
           lc__quantile(x, n, 0.5), x[0], x[n - 1], mean, lc__quantile(x, n, 0.9));
}

void search_draw(size_t *item, size_t n, size_t k, uint64_t *rng) {
    for (size_t i = 0; i < k && i < n; i++) {
        size_t j = i + (size_t)lc__rng_below(rng, n - i), keep = item[i];
        item[i] = item[j];
        item[j] = keep;
    }
}

/* ---- devices that ship ---- */

lc_choice_predictor *search_device(const char *model, const char *device, size_t shots,
                                   uint64_t seed) {
    lc_error err = {0};
    lc_model *pool = NULL;
    lc_device d;
    lc_predictor *predictor = NULL;
    lc_choice_predictor *compiled = NULL;
    search_must(lc_model_load(model, &pool, &err), model, &err);
    search_must(lc_device_load(device, &d, &err), device, &err);
    size_t *item = search_room(d.n_samples, sizeof *item), n = 0;
    for (size_t i = 0; i < d.n_samples; i++) {
        const char *space = lc_net_space(d.samples[i].net);
        if (d.samples[i].kind == LC_SAMPLE_NET && space && !strcmp(space, "fbnet"))
            item[n++] = i;
    }
    if (n < shots)
        search_stop(device, NULL);
    search_draw(item, n, shots, &seed);
    const lc_net **nets = search_room(shots, sizeof *nets);
    double *values = search_room(shots, sizeof *values);
    for (size_t i = 0; i < shots; i++) {
        nets[i] = d.samples[item[i]].net;
        values[i] = d.samples[item[i]].latency_ns;
    }
    const char *without[] = {d.name};
    lc_adapt_options options = {.without = without, .n_without = 1, .repeatability = REPEATABILITY};
    lc_shots of = {.nets = nets, .values = values, .n = shots};
    search_must(lc_predictor_adapt(pool, &of, &options, &predictor, &err), device, &err);
    search_must(lc_choice_predictor_new(predictor, lc_space_find("fbnet"), &compiled, &err), device,
                &err);
    lc_predictor_free(predictor);
    lc_model_free(pool);
    lc_device_clear(&d);
    free(item);
    free(nets);
    free(values);
    return compiled;
}

/* ---- the table of NAS-Bench-201 ---- */

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

void search_table_open(search_table *t, const char *latencies, const char *accuracies) {
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
    }
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

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } parts[] = {{"program", search_program},
                 {"methods", search_methods},
                 {"proxy", search_proxy},
                 {"confidence", search_confidence}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && argc > 1; i++)
        if (!strcmp(argv[1], parts[i].name))
            return parts[i].run(argc - 2, argv + 2);
    fputs("usage: bench-search program|methods|proxy|confidence ...\n", stderr);
    return 2;
}
