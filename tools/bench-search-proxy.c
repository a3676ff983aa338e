/* One proxy device for many targets on NAS-Bench-201: what of a target's hypervolume is kept by the
 * front that was found on another device, as it is and adapted by samples of the target. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "bench-search.h"
#include "predictor/batch.h"

enum { SAMPLES = 20, POOL_NETS = 1000, FEW = 100 };

/* Reference corners: of all nets, of the target's own front, and of that front's upper half of
 * accuracies. */
enum { CORNER_TABLE, CORNER_FRONT, CORNER_HALF, CORNERS };
static const char *const corners[] = {"of all nets", "of the front", "of the upper half"};

enum { WAY_RAW, WAY_CHANGES, WAY_PREDICTOR, WAYS };
static const char *const ways[] = {"raw", "changes", "predictor"};

/* A proxy device: all that can be known of it before any target is. */
typedef struct proxy {
    const search_table *t;
    const double *value;
    bool whole; /* every net was measured */
    lc_model *model;
    double *embedded; /* [rows][..] */
} proxy;

/* What a pair of devices has in common. */
typedef struct pair {
    const search_table *t;
    const proxy *from;
    const double *target;
    lc_nas_accuracies *known; /* of nets measured on both */
    lc_nas_result nets;       /* all of those, cost on the proxy */
    size_t *rows, n;
    double least[CORNERS], most[CORNERS]; /* of accuracy, of latency */
    double whole[CORNERS];                /* the target's hypervolumes */
} pair;

static proxy open_proxy(const search_table *t, const double *value, const char *name) {
    proxy p = {.t = t, .value = value, .whole = true};
    lc_error err = {0};
    size_t *rows = search_room(t->rows, sizeof *rows), n = 0;
    for (size_t i = 0; i < t->rows; i++) {
        p.whole = p.whole && !isnan(value[i]);
        if (!isnan(value[i]))
            rows[n++] = i;
    }
    uint64_t rng = 1;
    size_t used = n < POOL_NETS ? n : POOL_NETS;
    search_draw(rows, n, used, &rng);
    double *of = search_room(used, sizeof *of);
    for (size_t i = 0; i < used; i++)
        of[i] = value[rows[i]];
    lc__pool_rows pool = {name, rows, of, used};
    search_must(lc__model_train_points(t->data.points, &pool, 1, NULL, 0, &p.model, &err), name,
                &err);
    p.embedded = search_room(t->rows * lc__model_embed_size(p.model), sizeof *p.embedded);
    search_must(lc__model_embed(p.model, t->data.points, t->rows, p.embedded, &err), name, &err);
    free(rows);
    free(of);
    return p;
}

static void close_proxy(proxy *p) {
    lc_model_free(p->model);
    free(p->embedded);
}

/* The nets of `from` on a column's costs, or their front. */
static lc_nas_result transfer(const search_table *t, const lc_nas_result *from, const double *value,
                              bool front) {
    search_column c;
    lc_nas_result r;
    lc_error err = {0};
    search_column_make(&c, t, value);
    lc_nas_problem p = search_column_problem(&c);
    search_must(lc_nas_transfer(&p, from, front, &r, &err), "transfer", &err);
    return r;
}

static double median(const double *x, size_t n) {
    return lc__median(x, n);
}

/* Corners, and the target's hypervolumes in them. */
static void find_corners(pair *p) {
    lc_nas_result all = transfer(p->t, &p->nets, p->target, false);
    p->least[CORNER_TABLE] = INFINITY;
    p->most[CORNER_TABLE] = 0;
    for (size_t i = 0; i < all.n; i++) {
        p->least[CORNER_TABLE] = fmin(p->least[CORNER_TABLE], all.accuracy[i]);
        p->most[CORNER_TABLE] = fmax(p->most[CORNER_TABLE], all.cost[i]);
    }
    p->least[CORNER_FRONT] = all.accuracy[all.front[0]];
    p->most[CORNER_FRONT] = p->most[CORNER_HALF] = all.cost[all.front[all.n_front - 1]];
    p->least[CORNER_HALF] = median(all.accuracy, all.n);
    for (int k = 0; k < CORNERS; k++)
        p->whole[k] = lc_nas_hypervolume(all.accuracy, all.cost, all.n, p->least[k], p->most[k]);
    lc_nas_result_clear(&all);
}

static pair open_pair(const proxy *from, const double *target) {
    pair p = {.t = from->t, .from = from, .target = target};
    search_column c;
    lc_error err = {0};
    lc_nas_select_options o = {.method = LC_NAS_EXHAUSTIVE};
    p.known = search_known(p.t, from->value, target);
    search_column_make(&c, p.t, from->value);
    lc_nas_problem problem = search_column_problem(&c);
    if (lc_nas_accuracies_size(p.known) == 0)
        return p;
    search_must(lc_nas_select(&problem, &o, p.known, &p.nets, &err), "proxy", &err);
    p.n = p.nets.n;
    p.rows = search_room(p.n, sizeof *p.rows);
    for (size_t i = 0; i < p.n; i++)
        p.rows[i] = p.t->row[search_vector(p.t, p.nets.choices + i * (size_t)p.nets.n_positions)];
    find_corners(&p);
    return p;
}

static void close_pair(pair *p) {
    if (p->n > 0)
        lc_nas_result_clear(&p->nets);
    lc_nas_accuracies_free(p->known);
    free(p->rows);
}

/* Share of the hypervolume that the front by `cost` keeps: share[CORNERS]. */
static void kept(const pair *p, const double *cost, double *share) {
    lc_nas_result found = transfer(p->t, &p->nets, cost, false);
    lc_nas_result real = transfer(p->t, &found, p->target, true);
    for (int k = 0; k < CORNERS; k++)
        share[k] = lc_nas_hypervolume(real.accuracy, real.cost, real.n, p->least[k], p->most[k]) /
                   p->whole[k];
    lc_nas_result_clear(&found);
    lc_nas_result_clear(&real);
}

/* cost[rows] by the proxy's own with sparse changes. */
static void by_changes(const pair *p, const size_t *rows, const double *values, double *cost) {
    search_column c;
    lc_error err = {0};
    lc_nas_proxy *x = NULL;
    int choices[SAMPLES * LC_NAS_MAX_POSITIONS], net[LC_NAS_MAX_POSITIONS];
    size_t width = (size_t)p->nets.n_positions;
    search_column_make(&c, p->t, p->from->value);
    lc_nas_problem problem = search_column_problem(&c);
    for (size_t i = 0; i < SAMPLES; i++)
        search_choices(p->t, rows[i], choices + i * width);
    search_must(lc_nas_proxy_new(&problem, 0, choices, values, SAMPLES, false, &x, &err), "proxy",
                &err);
    lc_nas_measure m = lc_nas_proxy_measure(x);
    for (size_t i = 0; i < p->n; i++) {
        search_choices(p->t, p->rows[i], net);
        search_must(m.value(m.ctx, net, &cost[p->rows[i]], &err), "proxy", &err);
    }
    lc_nas_proxy_free(x);
}

static void by_predictor(const pair *p, const size_t *rows, const double *values, double *cost) {
    lc_error err = {0};
    lc_predictor *x = NULL;
    search_must(lc__predictor_adapt_points(p->from->model, p->t->data.points, rows, values, SAMPLES,
                                           NULL, &x, &err),
                "predictor", &err);
    lc__predictor_means(x, p->from->embedded, p->t->rows, cost);
    lc_predictor_free(x);
}

/* Adds the shares of a draw of samples. */
static void run_seed(const pair *p, uint64_t seed, double *cost, double sum[WAYS][CORNERS]) {
    size_t *rows = search_room(p->n, sizeof *rows);
    double values[SAMPLES], share[CORNERS];
    memcpy(rows, p->rows, p->n * sizeof *rows);
    search_draw(rows, p->n, SAMPLES, &seed);
    for (size_t i = 0; i < SAMPLES; i++)
        values[i] = p->target[rows[i]];
    for (int way = WAY_CHANGES; way < WAYS; way++) {
        if (way == WAY_CHANGES && !p->from->whole)
            continue;
        (way == WAY_CHANGES ? by_changes : by_predictor)(p, rows, values, cost);
        kept(p, cost, share);
        for (int k = 0; k < CORNERS; k++)
            sum[way][k] += share[k];
    }
    free(rows);
}

static void run_pair(const pair *p, const char *names[2], uint64_t first, size_t seeds,
                     double *cost, bool *begun) {
    double sum[WAYS][CORNERS] = {{0}};
    kept(p, p->from->value, sum[WAY_RAW]);
    for (uint64_t seed = first; seed < first + seeds; seed++)
        run_seed(p, seed, cost, sum);
    printf("%s{\"proxy\":\"%s\",\"target\":\"%s\",\"nets\":%zu", *begun ? ",\n" : "\n", names[0],
           names[1], p->n);
    *begun = true;
    for (int way = 0; way < WAYS; way++) {
        double runs = way == WAY_RAW ? 1 : (double)seeds;
        if (way == WAY_CHANGES && !p->from->whole)
            continue;
        printf(",\"%s\":{", ways[way]);
        for (int k = 0; k < CORNERS; k++)
            printf("%s\"%s\":%.6g", k ? "," : "", corners[k], sum[way][k] / runs);
        putchar('}');
    }
    putchar('}');
}

int search_proxy(int argc, char **argv) {
    search_table t;
    if (argc != 6)
        search_stop("proxy", NULL);
    uint64_t first = strtoull(argv[2], NULL, 10);
    size_t seeds = strtoull(argv[3], NULL, 10), shard = strtoull(argv[4], NULL, 10);
    size_t shards = strtoull(argv[5], NULL, 10);
    search_table_open(&t, argv[0], argv[1], first);
    double *cost = search_room(t.rows, sizeof *cost);
    bool begun = false;
    printf("{\"rows\":[");
    for (size_t a = shard; a < t.data.table.n_devices; a += shards) {
        proxy from = open_proxy(&t, t.data.table.values + a * t.rows, t.data.table.devices[a]);
        for (size_t b = 0; b < t.data.table.n_devices; b++) {
            const char *names[] = {t.data.table.devices[a], t.data.table.devices[b]};
            if (a == b)
                continue;
            pair p = open_pair(&from, t.data.table.values + b * t.rows);
            if (p.n >= FEW)
                run_pair(&p, names, first, seeds, cost, &begun);
            close_pair(&p);
        }
        close_proxy(&from);
    }
    puts("\n]}");
    free(cost);
    search_table_close(&t);
    return 0;
}
