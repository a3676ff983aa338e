/* What docs/devices.md says of embeddings and of proxies, on the public tables when they are at
 * hand: embeddings of one device from two disjoint draws of 20 nets lie nearer to each other than
 * those of two devices, compared on nets of neither draw; an adapted proxy ranks better than the
 * proxy as it is. Prints the table of that page. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rank.h"
#include "latcast/embedding.h"
#include "predictor/batch.h"
#include "predictor/proxy.h"
#include "tasks/draw.h"
#include "tasks/metrics.h"

#define SEEDS 2
#define SHOTS 20
#define REFERENCE 256
#define TARGETS 8
#define SOURCES 32

/* Sums over the devices of a task and seeds. */
typedef struct figures {
    double same, different, pairs, devices, nearest, inside, axes;
    double raw, adapted, raw_within, adapted_within;
} figures;

typedef struct scene {
    const lc__task *task;
    const lc__dataset *data;
    uint64_t seed;
    lc_model *model;
    lc__rows rows[TARGETS]; /* two draws first, then the nets to ask about */
    lc_embedding_frame *frame;
    lc_embedding *embedding[TARGETS][2];
} scene;

static void ok(lc_status st, const lc_error *err) {
    cr_assert_eq(st, LC_OK, "%s", err->message);
}

static void train(scene *s) {
    lc__pool_rows pool[SOURCES];
    lc_error err = {0};
    size_t n = s->task->sources.n;
    cr_assert_leq(n, SOURCES);
    for (size_t i = 0; i < n; i++)
        ok(lc__draw_source(s->task, s->data, s->task->sources.item[i], s->seed, &pool[i], &err),
           &err);
    ok(lc__model_train_points(s->data->points, pool, n, NULL, 0, &s->model, &err), &err);
    for (size_t i = 0; i < n; i++) {
        free((void *)(uintptr_t)pool[i].rows);
        free((void *)(uintptr_t)pool[i].values);
    }
}

/* Whether a row is in a draw of any target. */
static bool drawn(const scene *s, size_t row) {
    for (size_t t = 0; t < s->task->targets.n; t++)
        for (size_t i = 0; i < 2 * SHOTS; i++)
            if (s->rows[t].row[i] == row)
                return true;
    return false;
}

/* The frame's nets: rows of the first target that are in no draw. */
static void make_frame(scene *s) {
    const lc__rows *rows = &s->rows[0];
    lc_net *nets[REFERENCE];
    lc_error err = {0};
    for (size_t i = 0, at = 2 * SHOTS; i < REFERENCE; at++) {
        int choices[LC_NET_MAX_CHOICES];
        const lc_space *space = s->data->space;
        cr_assert_lt(at, rows->n);
        if (drawn(s, rows->row[at]))
            continue;
        ok(space->parse(s->data->table.archs[rows->row[at]], choices, &err), &err);
        ok(lc_space_net(space, choices, space->n_positions, &nets[i++], &err), &err);
    }
    ok(lc_embedding_frame_new(s->model, (const lc_net *const *)nets, REFERENCE, NULL, &s->frame,
                              &err),
       &err);
    for (size_t i = 0; i < REFERENCE; i++)
        lc_net_free(nets[i]);
}

static void embed(scene *s, size_t target) {
    const double *column = lc__table_column(&s->data->table, s->task->targets.item[target]);
    lc_error err = {0};
    for (size_t half = 0; half < 2; half++) {
        const size_t *rows = s->rows[target].row + half * SHOTS;
        double *values = lc__gather(column, rows, SHOTS);
        lc_predictor *p = NULL;
        ok(lc__predictor_adapt_points(s->model, s->data->points, rows, values, SHOTS, NULL, &p,
                                      &err),
           &err);
        ok(lc_embedding_of_predictor(s->frame, p, &s->embedding[target][half], &err), &err);
        lc_predictor_free(p);
        free(values);
    }
}

/* Whether coordinates of two draws agree within the 90 % interval of their difference. */
static void compare_axes(const scene *s, size_t target, figures *f) {
    const lc_embedding_value *a = lc_embedding_axes(s->embedding[target][0]);
    const lc_embedding_value *b = lc_embedding_axes(s->embedding[target][1]);
    for (size_t i = 0; i < lc_embedding_n_axes(s->frame); i++) {
        f->inside += fabs(a[i].value - b[i].value) <= 1.645 * hypot(a[i].std, b[i].std);
        f->axes++;
    }
}

static void compare(const scene *s, figures *f) {
    size_t n = s->task->targets.n;
    for (size_t i = 0; i < n; i++) {
        double own = lc_embedding_distance(s->embedding[i][0], s->embedding[i][1]);
        bool nearest = true;
        for (size_t j = 0; j < n; j++) {
            if (j == i)
                continue;
            double other = lc_embedding_distance(s->embedding[i][0], s->embedding[j][1]);
            f->different += other;
            f->pairs++;
            nearest = nearest && own < other;
        }
        f->same += own;
        f->nearest += nearest;
        f->devices++;
        compare_axes(s, i, f);
    }
}

/* Adds the rank and the share within 10 % of a proxy over the nets after the draws. */
static void try_proxy(const scene *s, size_t target, lc__proxy_fit how, double *rank,
                      double *within) {
    const lc__rows *r = &s->rows[target];
    const double *column = lc__table_column(&s->data->table, s->task->targets.item[target]);
    size_t n = r->n - SHOTS;
    double *values = lc__gather(column, r->row, SHOTS),
           *truth = lc__gather(column, r->row + SHOTS, n);
    double *forecast = malloc(n * sizeof *forecast);
    lc__proxy proxy;
    lc_error err = {0};
    ok(lc__proxy_make(s->model, s->data->points, r->row, values, SHOTS, how, &proxy, &err), &err);
    for (size_t i = 0; i < n; i++)
        forecast[i] = lc__proxy_latency(&proxy, &s->data->points[r->row[SHOTS + i]]);
    *rank += lc__spearman(forecast, truth, n);
    *within += lc__within(forecast, truth, n, 0.1);
    free(values);
    free(truth);
    free(forecast);
}

static void run_seed(const lc__task *task, const lc__dataset *data, uint64_t seed, figures *f) {
    scene s = {.task = task, .data = data, .seed = seed};
    size_t n = task->targets.n;
    lc_error err = {0};
    cr_assert_leq(n, TARGETS);
    train(&s);
    for (size_t i = 0; i < n; i++)
        ok(lc__draw_target(task, data, s.model, task->targets.item[i], seed, LC__METHOD_random,
                           2 * SHOTS + REFERENCE, &s.rows[i], &err),
           &err);
    make_frame(&s);
    for (size_t i = 0; i < n; i++) {
        embed(&s, i);
        try_proxy(&s, i, LC__PROXY_RAW, &f->raw, &f->raw_within);
        try_proxy(&s, i, LC__PROXY_ADAPTED, &f->adapted, &f->adapted_within);
    }
    compare(&s, f);
    for (size_t i = 0; i < n; i++) {
        free(s.rows[i].row);
        lc_embedding_free(s.embedding[i][0]);
        lc_embedding_free(s.embedding[i][1]);
    }
    lc_embedding_frame_free(s.frame);
    lc_model_free(s.model);
}

static void report(const char *name, const figures *f) {
    fprintf(stderr,
            "| %s | %.1f %% | %.1f %% | %.0f %% | %.0f %% | %.3f | %.3f | %.0f %% | %.0f %% |\n",
            name, 100 * f->same / f->devices, 100 * f->different / f->pairs,
            100 * f->nearest / f->devices, 100 * f->inside / f->axes, f->raw / f->devices,
            f->adapted / f->devices, 100 * f->raw_within / f->devices,
            100 * f->adapted_within / f->devices);
}

static void add(figures *sum, const figures *f) {
    const double *from = &f->same;
    double *to = &sum->same;
    for (size_t i = 0; i < sizeof *f / sizeof(double); i++)
        to[i] += from[i];
}

static figures run_task(const lc__task *task, const char *folder) {
    char path[600];
    figures f = {0};
    lc__dataset data;
    lc_error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, task->table);
    lc__origin origin = {
        .table = path, .format = task->format, .quantity = task->quantity, .space = task->space};
    ok(lc__dataset_load(&origin, &data, &err), &err);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        run_seed(task, &data, seed, &f);
    lc__dataset_clear(&data);
    report(task->name, &f);
    return f;
}

Test(devices_reference, embeddings_are_stable_and_adapting_a_proxy_pays) {
    const char *folder = getenv("LATCAST_REFERENCE");
    if (!folder || !*folder) {
        fputs("skipped: LATCAST_REFERENCE does not name the folder of public latency tables\n",
              stderr);
        return;
    }
    lc__suite suite;
    lc_error err = {0};
    figures all = {0};
    ok(lc__suite_load(LATCAST_SOURCE_DIR "/tasks/nasflat.json", &suite, &err), &err);
    for (size_t i = 0; i < suite.n_tasks; i++) {
        figures f = run_task(&suite.tasks[i], folder);
        add(&all, &f);
    }
    report("all", &all);
    cr_expect_lt(all.same / all.devices, 0.5 * all.different / all.pairs);
    cr_expect(all.inside / all.axes > 0.85, "uncertainty that means it");
    cr_expect_gt(all.adapted / all.devices, all.raw / all.devices + 0.1);
    lc__suite_clear(&suite);
}
