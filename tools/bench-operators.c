/* What samples of operators are worth beside samples of nets.
 *
 * `tables`: the blocks of FBNet that HW-NAS-Bench measured (fbnet_lut/), as operators, against the
 * table of whole nets (fbnet/latency_ms.csv), on the devices that both have; without a pool, and
 * with some other devices of the table as one. `device`: a device.json with samples of both kinds,
 * nets of FBNet among them, without a pool. Draws operators and nets to adapt from, forecasts all
 * other nets, prints one JSON object of means over the seeds. For tools/bench.
 *
 * usage: bench-operators tables FOLDER FIRST_SEED SEEDS
 *        bench-operators device FILE FIRST_SEED SEEDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rank.h"
#include "base/rng.h"
#include "latcast/space.h"
#include "predictor/batch.h"
#include "tasks/blocks.h"
#include "tasks/dataset.h"
#include "tasks/metrics.h"

/* Blocks of larger inputs than the nets' are left out. */
enum { PIXELS_MAX = 32 };
enum { NETS_MAX = 20, POOL_NETS = 800, FORECAST_MAX = 1000, SOURCES = 4 };

static const char *const both[] = {"pixel3", "raspi4", "eyeriss", "fpga"};
static const char *const sources[SOURCES] = {"1080ti_32", "gold_6240", "samsung_a50", "titanx_1"};
static const struct {
    size_t operators, nets;
} plans[] = {{0, 5}, {0, 10}, {0, NETS_MAX}, {20, 0}, {20, 5}, {20, 10}, {20, NETS_MAX}, {60, 5}};
enum { PLANS = sizeof plans / sizeof *plans };

static void stop(const char *what, const lc_error *err) {
    fprintf(stderr, "bench-operators: %s: %s\n", what, err ? err->message : "failed");
    exit(1);
}

static void *room(size_t n, size_t size) {
    void *p = calloc(n + 1, size);
    if (!p)
        stop("allocating", NULL);
    return p;
}

/* A device: points of operators and nets, and what they take. */
typedef struct bench {
    const char *name;
    lc__point *points;  /* of all nets, then of operators, then of nets for the pool alone */
    double *value;      /* [..] of nets and operators */
    size_t *nets, *ops; /* [n_nets], [n_ops] rows */
    size_t n_nets, n_ops;
    lc__pool_rows pool[SOURCES];
    size_t n_sources;
    size_t *pool_rows; /* [POOL_NETS] */
} bench;

static void shuffle(size_t *x, size_t n, uint64_t *seed) {
    for (size_t i = 0; i + 1 < n; i++) {
        size_t j = i + (size_t)lc__rng_below(seed, n - i), keep = x[i];
        x[i] = x[j];
        x[j] = keep;
    }
}

static int by_row(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static void sort(size_t *rows, size_t n) {
    qsort(rows, n, sizeof *rows, by_row);
}

static double *values_of(const bench *b, const size_t *rows, size_t n) {
    double *v = room(n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = b->value[rows[i]];
    return v;
}

static lc_predictor *adapt(const bench *b, const lc_model *model, size_t n_ops, size_t n_nets) {
    lc_error err;
    lc_predictor *p;
    double *net_values = values_of(b, b->nets, n_nets), *op_values = values_of(b, b->ops, n_ops);
    lc__shot_rows nets = {b->nets, net_values, n_nets}, ops = {b->ops, op_values, n_ops};
    if (lc__predictor_adapt_mixed(model, b->points, &nets, &ops, NULL, &p, &err))
        stop("adapting", &err);
    free(net_values);
    free(op_values);
    return p;
}

/* Adds the figures of one draw, over nets that no plan measures. */
static void score(const bench *b, const lc_predictor *p, double *sum) {
    size_t n = b->n_nets - NETS_MAX < FORECAST_MAX ? b->n_nets - NETS_MAX : FORECAST_MAX;
    double *latency = room(3 * n, sizeof *latency), *low = latency + n, *high = low + n;
    double *truth = values_of(b, b->nets + NETS_MAX, n);
    for (size_t i = 0; i < n; i++) {
        lc_forecast f;
        lc__predictor_query_point(p, &b->points[b->nets[NETS_MAX + i]], &f);
        latency[i] = f.latency;
        low[i] = f.low;
        high[i] = f.high;
    }
    sum[0] += lc__spearman(latency, truth, n);
    sum[1] += lc__within(latency, truth, n, 0.10);
    sum[2] += lc__mape(latency, truth, n);
    sum[3] += lc__coverage(low, high, truth, n);
    free(latency);
    free(truth);
}

static void run(bench *b, uint64_t first, size_t seeds, const char *comma) {
    double sum[PLANS][4] = {{0}};
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        uint64_t rng = seed;
        lc_error err;
        lc_model *model;
        sort(b->nets, b->n_nets); /* a seed's draw is the same whatever was drawn before */
        sort(b->ops, b->n_ops);
        shuffle(b->nets, b->n_nets, &rng);
        shuffle(b->ops, b->n_ops, &rng);
        if (lc__model_train_points(b->points, b->pool, b->n_sources, b->pool_rows, POOL_NETS,
                                   &model, &err))
            stop("training", &err);
        for (size_t i = 0; i < PLANS; i++) {
            lc_predictor *p = adapt(b, model, plans[i].operators, plans[i].nets);
            score(b, p, sum[i]);
            lc_predictor_free(p);
        }
        lc_model_free(model);
    }
    for (size_t i = 0; i < PLANS; i++)
        printf("%s{\"device\":\"%s\",\"sources\":%zu,\"operators\":%zu,\"nets\":%zu,"
               "\"spearman\":%.4f,\"within10\":%.4f,\"mape\":%.4f,\"coverage90\":%.4f}\n",
               i ? "," : comma, b->name, b->n_sources, plans[i].operators, plans[i].nets,
               sum[i][0] / (double)seeds, sum[i][1] / (double)seeds, sum[i][2] / (double)seeds,
               sum[i][3] / (double)seeds);
}

static void featurise(const lc_net *net, lc__point *out) {
    lc_error err;
    if (lc__featurise(net, out, &err))
        stop(lc_net_name(net), &err);
}

/* Takes the last rows for the pool: they are not forecast. */
static void set_pool(bench *b, const lc__table *table) {
    b->n_nets -= POOL_NETS;
    b->pool_rows = b->nets + b->n_nets;
    for (size_t s = 0; s < SOURCES; s++) {
        const double *column = lc__table_column(table, sources[s]);
        double *v = room(POOL_NETS, sizeof *v);
        if (!column)
            stop("no such device in the table", NULL);
        for (size_t i = 0; i < POOL_NETS; i++)
            v[i] = column[b->pool_rows[i]];
        b->pool[s] = (lc__pool_rows){sources[s], b->pool_rows, v, POOL_NETS};
    }
}

static void open_tables(bench *b, const lc__dataset *data, const char *folder, const char *name) {
    char path[600];
    lc_error err;
    lc__block_table blocks;
    size_t n = data->table.n_rows;
    snprintf(path, sizeof path, "%s/fbnet_lut/%s.csv", folder, name);
    if (lc__block_table_load(path, &blocks, &err))
        stop(path, &err);
    const double *column = lc__table_column(&data->table, name);
    if (!column || n < 2 * (size_t)POOL_NETS)
        stop("no such device in the table, or too few nets", NULL);
    *b = (bench){.name = name, .n_nets = n};
    b->points = room(n + blocks.n, sizeof *b->points);
    b->value = room(n + blocks.n, sizeof *b->value);
    b->nets = room(n, sizeof *b->nets);
    b->ops = room(blocks.n, sizeof *b->ops);
    memcpy(b->points, data->points, n * sizeof *b->points);
    memcpy(b->value, column, n * sizeof *b->value);
    for (size_t i = 0; i < n; i++)
        b->nets[i] = i;
    for (size_t i = 0; i < blocks.n; i++) {
        if (lc_net_node(blocks.nets[i], 0)->shape.h > PIXELS_MAX)
            continue;
        b->ops[b->n_ops++] = n + i;
        b->value[n + i] = blocks.ms[i];
        featurise(blocks.nets[i], &b->points[n + i]);
    }
    uint64_t rng = 77;
    shuffle(b->nets, n, &rng);
    set_pool(b, &data->table);
    lc__block_table_clear(&blocks);
}

static void run_tables(const char *folder, uint64_t first, size_t seeds) {
    char path[600];
    lc_error err;
    lc__dataset data;
    snprintf(path, sizeof path, "%s/fbnet/latency_ms.csv", folder);
    lc__origin origin = {path, "csv", "latency", "fbnet", NULL};
    if (lc__dataset_load(&origin, &data, &err))
        stop(path, &err);
    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        bench b;
        open_tables(&b, &data, folder, both[i]);
        run(&b, first, seeds, i ? "," : "");
        b.n_sources = SOURCES;
        run(&b, first, seeds, ",");
    }
    lc__dataset_clear(&data);
}

/* Random nets of FBNet scale the features. */
static void add_reference(bench *b, size_t at) {
    const lc_space *space = lc_space_find("fbnet");
    uint64_t rng = 77;
    b->pool_rows = room(POOL_NETS, sizeof *b->pool_rows);
    for (size_t i = 0; i < POOL_NETS; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_net *net;
        lc_error err;
        lc_space_random(space, &rng, choices);
        if (lc_space_net(space, choices, space->n_positions, &net, &err))
            stop("drawing nets", &err);
        b->pool_rows[i] = at + i;
        featurise(net, &b->points[at + i]);
        lc_net_free(net);
    }
}

static void run_device(const char *file, uint64_t first, size_t seeds) {
    lc_error err;
    lc_device device;
    if (lc_device_load(file, &device, &err))
        stop(file, &err);
    size_t n = device.n_samples;
    bench b = {.name = device.name};
    b.points = room(n + POOL_NETS, sizeof *b.points);
    b.value = room(n, sizeof *b.value);
    b.nets = room(n, sizeof *b.nets);
    b.ops = room(n, sizeof *b.ops);
    for (size_t i = 0; i < n; i++) {
        const lc_sample *s = &device.samples[i];
        featurise(s->net, &b.points[i]);
        b.value[i] = s->latency_ns;
        if (s->kind == LC_SAMPLE_OP)
            b.ops[b.n_ops++] = i;
        else
            b.nets[b.n_nets++] = i;
    }
    if (b.n_ops < plans[PLANS - 1].operators || b.n_nets < 2 * (size_t)NETS_MAX)
        stop("needs 60 samples of operators and 40 of nets", NULL);
    add_reference(&b, n);
    run(&b, first, seeds, "");
    lc_device_clear(&device);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fputs("usage: bench-operators tables FOLDER FIRST_SEED SEEDS\n"
              "       bench-operators device FILE FIRST_SEED SEEDS\n",
              stderr);
        return 2;
    }
    uint64_t first = strtoull(argv[3], NULL, 10), seeds = strtoull(argv[4], NULL, 10);
    puts("{\"rows\":[");
    if (strcmp(argv[1], "tables") == 0)
        run_tables(argv[2], first, seeds);
    else
        run_device(argv[2], first, seeds);
    puts("]}");
    return 0;
}
