/* Times the predictor's library, by processor time. `train` trains, and leaves models in a folder;
 * `search` adapts them and asks, in a process of its own, whose peak memory is then that of
 * adapting and asking. Either prints one JSON object of figures.
 *
 * Pools and targets are made up: latency is a random linear function of a net's costs with 5 % of
 * noise, so no table is needed; what work there is depends on how many nets there are, not on what
 * they take. For tools/bench, which runs it several times.
 *
 * usage: bench-predict train|search FOLDER
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/rng.h"
#include "base/stats.h"
#include "latcast/choice.h"

enum {
    SHOTS = 20,
    OPERATORS = 60, /* of the explicit net */
    BATCHES = 5,
    VECTORS = 4096,
    POSITIONS_MAX = 64,
    PLACES_MAX = 1024
};

static void stop(const char *what, const lc_error *err) {
    fprintf(stderr, "bench-predict: %s: %s\n", what, err ? err->message : "failed");
    exit(1);
}

static void *room(size_t n, size_t size) {
    void *p = calloc(n, size);
    if (!p)
        stop("allocating", NULL);
    return p;
}

/* Processor time of this process, which works on one core: others that share the machine take some
 * of the clock's. */
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Peak resident memory. Not getrusage(): its peak begins with what called this program. */
static double peak_mb(void) {
    char line[128];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    if (!f)
        stop("opening /proc/self/status", NULL);
    while (kb == 0 && fgets(line, sizeof line, f))
        if (!strncmp(line, "VmHWM:", 6))
            kb = strtod(line + 6, NULL);
    fclose(f);
    return kb / 1024;
}

/* Seconds of one call of work(data), which does `per_call` things at once: the median over batches
 * of calls that take at least a tenth of a second each. */
static double time_of(void (*work)(void *data), void *data, double per_call) {
    double seconds[BATCHES];
    size_t calls = 1;
    for (int b = 0; b < BATCHES; b++) {
        double start = now();
        for (size_t i = 0; i < calls; i++)
            work(data);
        seconds[b] = (now() - start) / (double)calls;
        if (seconds[b] * (double)calls < 0.1) {
            calls = calls * 2 + (size_t)fmin(0.1 / fmax(seconds[b], 1e-9), 1e7);
            b = -1;
        }
    }
    return lc__median(seconds, BATCHES) / per_call;
}

static lc_net **random_nets(const lc_space *space, size_t n, uint64_t seed) {
    lc_net **nets = room(n, sizeof(lc_net *));
    for (size_t i = 0; i < n; i++) {
        int choices[POSITIONS_MAX];
        lc_error err;
        lc_space_random(space, &seed, choices);
        if (lc_space_net(space, choices, space->n_positions, &nets[i], &err))
            stop("making a net", &err);
    }
    return nets;
}

static void free_nets(lc_net **nets, size_t n) {
    for (size_t i = 0; i < n; i++)
        lc_net_free(nets[i]);
    free(nets);
}

/* Latencies of a made-up device. */
static void make_up(lc_net *const *nets, size_t n, uint64_t seed, double *values) {
    double mac = lc__rng_unit(&seed), byte = lc__rng_unit(&seed), op = 1e4 * lc__rng_unit(&seed);
    for (size_t i = 0; i < n; i++) {
        lc_cost c = lc_net_cost(nets[i]);
        double noise = 0.95 + 0.1 * lc__rng_unit(&seed);
        values[i] = noise * (mac * c.macs + byte * (c.bytes_read + c.bytes_written) +
                             op * lc_net_size(nets[i]) + 1e5);
    }
}

typedef struct pool {
    size_t n_devices, n;
    lc_net **nets;
    double *values;
    char (*names)[16];
    lc_pool_device *devices;
} pool;

static pool make_pool(const lc_space *space, size_t n_devices, size_t n) {
    pool p = {.n_devices = n_devices, .n = n, .nets = random_nets(space, n, 1)};
    p.values = room(n_devices * n, sizeof *p.values);
    p.names = room(n_devices, sizeof *p.names);
    p.devices = room(n_devices, sizeof *p.devices);
    for (size_t d = 0; d < n_devices; d++) {
        double *values = p.values + d * n;
        make_up(p.nets, n, 100 + d, values);
        snprintf(p.names[d], sizeof p.names[d], "device%zu", d);
        p.devices[d] = (lc_pool_device){p.names[d], (const lc_net *const *)p.nets, values, p.n};
    }
    return p;
}

static void free_pool(pool *p) {
    free_nets(p->nets, p->n);
    free(p->values);
    free(p->names);
    free(p->devices);
}

static lc_model *train(const pool *p) {
    lc_model *model = NULL;
    lc_error err;
    if (lc_model_train(p->devices, p->n_devices, NULL, 0, &model, &err))
        stop("training", &err);
    return model;
}

static const char *model_path(const char *folder, const char *space) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s.lc", folder, space);
    return path;
}

/* The model that `search` will adapt. */
static void leave_model(const char *folder, const char *space, size_t n_devices, size_t n) {
    pool p = make_pool(lc_space_find(space), n_devices, n);
    lc_model *model = train(&p);
    lc_error err;
    if (lc_model_save(model, model_path(folder, space), &err))
        stop("saving a model", &err);
    lc_model_free(model);
    free_pool(&p);
}

static int bench_train(const char *folder) {
    pool p = make_pool(lc_space_find("fbnet"), 27, 800);
    double start = now();
    lc_model *model = train(&p);
    printf("{\"training on 27 x 800 FBNet samples (s)\": %.4f, ", now() - start);
    printf("\"peak memory of training (MB)\": %.1f}\n", peak_mb());
    lc_model_free(model);
    free_pool(&p);
    leave_model(folder, "fbnet", 10, 800);
    leave_model(folder, "nasbench201", 10, 512);
    return 0;
}

/* What there is to ask about. */
typedef struct search {
    const lc_space *space;
    lc_model *model;
    lc_net **nets; /* [SHOTS] */
    double values[SHOTS];
    lc_predictor *predictor;
    lc_choice_predictor *compiled;
    lc_net *net;  /* an explicit net */
    int *choices; /* [VECTORS][n_positions] */
    size_t at;
    double *latency, *low, *high; /* [VECTORS] */
    double probability[PLACES_MAX], gradient[PLACES_MAX];
} search;

static lc_predictor *adapt(const search *s) {
    lc_shots shots = {(const lc_net *const *)s->nets, s->values, SHOTS, NULL};
    lc_predictor *p = NULL;
    lc_error err;
    if (lc_predictor_adapt(s->model, &shots, NULL, &p, &err))
        stop("adapting", &err);
    return p;
}

static lc_choice_predictor *compile(const search *s) {
    lc_choice_predictor *c = NULL;
    lc_error err;
    if (lc_choice_predictor_new(s->predictor, s->space, &c, &err))
        stop("compiling", &err);
    return c;
}

static search *open_search(const char *folder, const char *name) {
    search *s = room(1, sizeof *s);
    lc_error err;
    s->space = lc_space_find(name);
    if (lc_model_load(model_path(folder, name), &s->model, &err))
        stop("loading a model", &err);
    s->nets = random_nets(s->space, SHOTS, 7);
    make_up(s->nets, SHOTS, 99, s->values);
    s->predictor = adapt(s);
    return s;
}

/* An explicit net of FBNet with at most so many operators: blocks are skipped until it has. */
static lc_net *sized_net(const lc_space *space, int operators) {
    int choices[POSITIONS_MAX], i = 0;
    uint64_t seed = 3;
    lc_net *net = NULL, *explicit_net = NULL;
    lc_error err;
    lc_space_random(space, &seed, choices);
    while (!net || (lc_net_size(net) > operators && i < space->n_positions)) {
        lc_net_free(net);
        choices[i++] = space->n_options(0) - 1;
        if (lc_space_net(space, choices, space->n_positions, &net, &err))
            stop("making a net", &err);
    }
    char *json = lc_net_to_json(net, true);
    if (!json || lc_net_parse(json, strlen(json), NULL, 0, &explicit_net, &err))
        stop("reading a net back", json ? &err : NULL);
    free(json);
    lc_net_free(net);
    return explicit_net;
}

static void fill_questions(search *s) {
    size_t n = (size_t)s->space->n_positions;
    uint64_t seed = 11;
    s->compiled = compile(s);
    s->choices = room(VECTORS * n, sizeof *s->choices);
    s->latency = room((size_t)3 * VECTORS, sizeof *s->latency);
    s->low = s->latency + VECTORS;
    s->high = s->low + VECTORS;
    for (size_t i = 0; i < VECTORS; i++)
        lc_space_random(s->space, &seed, s->choices + i * n);
    for (int i = 0; i < s->space->n_positions; i++)
        for (int o = 0; o < s->space->n_options(i); o++)
            s->probability[lc_choice_predictor_place(s->compiled, i) + (size_t)o] =
                1.0 / s->space->n_options(i);
    s->net = sized_net(s->space, OPERATORS);
}

static void close_search(search *s) {
    lc_choice_predictor_free(s->compiled);
    lc_predictor_free(s->predictor);
    lc_model_free(s->model);
    lc_net_free(s->net);
    free_nets(s->nets, SHOTS);
    free(s->choices);
    free(s->latency);
    free(s);
}

static void do_adapt(void *data) {
    lc_predictor_free(adapt(data));
}

static void do_compile(void *data) {
    lc_choice_predictor_free(compile(data));
}

static void do_batch(void *data) {
    search *s = data;
    lc_choice_predictor_batch(s->compiled, s->choices, VECTORS, s->latency, NULL, NULL, NULL);
}

static void do_batch_intervals(void *data) {
    search *s = data;
    lc_choice_predictor_batch(s->compiled, s->choices, VECTORS, s->latency, s->low, s->high, NULL);
}

static void do_choice(void *data) {
    search *s = data;
    lc_forecast f;
    s->at = (s->at + 1) % VECTORS;
    lc_choice_predictor_query(s->compiled, s->choices + s->at * (size_t)s->space->n_positions, &f,
                              NULL);
}

static void do_net(void *data) {
    search *s = data;
    lc_forecast f;
    lc_predictor_query(s->predictor, s->net, &f, NULL);
}

static void do_gradient(void *data) {
    search *s = data;
    lc_choice_predictor_relaxed(s->compiled, s->probability, s->latency, s->gradient, NULL);
}

static int bench_search(const char *folder) {
    search *s = open_search(folder, "nasbench201");
    printf("{\"adapting, NAS-Bench-201 (ms)\": %.4f, ", 1e3 * time_of(do_adapt, s, 1));
    double start = now();
    do_compile(s);
    printf("\"compiling NAS-Bench-201 (ms)\": %.0f, ", 1e3 * (now() - start));
    close_search(s);
    s = open_search(folder, "fbnet");
    printf("\"adapting, FBNet (ms)\": %.4f, ", 1e3 * time_of(do_adapt, s, 1));
    fill_questions(s);
    printf("\"compiling FBNet (ms)\": %.3f, ", 1e3 * time_of(do_compile, s, 1));
    printf("\"batch (million vectors / s)\": %.3f, ", 1e-6 / time_of(do_batch, s, VECTORS));
    printf("\"batch with intervals (million vectors / s)\": %.3f, ",
           1e-6 / time_of(do_batch_intervals, s, VECTORS));
    printf("\"one choice vector (us)\": %.3f, ", 1e6 * time_of(do_choice, s, 1));
    printf("\"one explicit net (us)\": %.2f, ", 1e6 * time_of(do_net, s, 1));
    printf("\"operators of the explicit net\": %d, ", lc_net_size(s->net));
    printf("\"value and gradient (us)\": %.3f, ", 1e6 * time_of(do_gradient, s, 1));
    printf("\"peak memory of adapting and asking (MB)\": %.1f}\n", peak_mb());
    close_search(s);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "train"))
        return bench_train(argv[2]);
    if (argc == 3 && !strcmp(argv[1], "search"))
        return bench_search(argv[2]);
    fprintf(stderr, "usage: bench-predict train|search FOLDER\n");
    return 2;
}
