/* Whose turn it is: nets of the null backend, on a clock that makes some times noisy. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "agent/plan_runner.h"
#include "rig.h"

#define N 12

/* A run, between two readings, lasts 1 ms; before `calm_at` three of four last 3 ms. */
typedef struct weather {
    uint64_t now, calm_at, readings;
} weather;

static uint64_t ticks(void *ctx) {
    weather *w = ctx;
    bool gust = w->now < w->calm_at && w->readings / 2 % 4 != 0;
    w->now += gust ? 3000000 : 1000000;
    w->readings++;
    return w->now;
}

static const char header[] =
    "{\"schema_version\":1,\"kind\":\"device\",\"device\":\"d\",\"config\":{\"backend\":\"null\","
    "\"isa\":\"\",\"threads\":1,\"dtype\":\"f32\"},\"fingerprint\":{\"board\":\"b\"}}";

typedef struct fixture {
    lc_plan plan;
    lc__spool spool;
    lc__perf perf;
    lc__clock clock;
    lc__cpus cpus;
    lc_exec_config exec;
    lc__run_options options;
} fixture;

static void make(fixture *f, weather *w) {
    lc_error err;
    memset(f, 0, sizeof *f);
    cr_assert_eq(lc_plan_load(rig_plan("p", N), &f->plan, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc__spool_open(&f->spool, rig_path("s"), header, true, &err), LC_OK, "%s",
                 err.message);
    f->clock = (lc__clock){.ticks = ticks, .ctx = w, .ns_per_tick = 1};
    f->exec.threads = 1;
    f->options = (lc__run_options){.backend = lc_backend_find("null"),
                                   .exec = &f->exec,
                                   .with = {.clock = &f->clock, .perf = &f->perf},
                                   .cpus = &f->cpus,
                                   .run_id = "r",
                                   .measure = lc__measure_defaults(),
                                   .memory_bytes = 1e9};
}

static void clear(fixture *f) {
    lc__spool_close(&f->spool);
    lc_plan_clear(&f->plan);
}

static lc__run_report run(fixture *f, const lc__run_events *events) {
    lc__run_report report;
    lc_error err;
    cr_assert_eq(lc__run_plan(&f->plan, &f->spool, &f->options, events, &report, &err), LC_OK, "%s",
                 err.message);
    return report;
}

static const char *spooled(const fixture *f, size_t i) {
    return lc_net_name(f->spool.device.samples[i].net);
}

Test(plan_runner, calm_items_are_done_in_order) {
    weather w = {0};
    fixture f;
    make(&f, &w);
    lc__run_report r = run(&f, &(lc__run_events){0});
    cr_expect_eq(r.measured, N);
    cr_expect_eq(r.unsteady, 0);
    for (size_t i = 0; i < N; i++)
        cr_expect_str_eq(spooled(&f, i), lc_net_name(f.plan.items[i].net));
    clear(&f);
}

Test(plan_runner, items_of_a_noisy_time_come_again_at_the_end) {
    weather w = {.calm_at = 12000000000};
    fixture f;
    make(&f, &w);
    lc__run_report r = run(&f, &(lc__run_events){0});
    cr_expect_eq(r.measured, N, "each once");
    cr_expect_str_neq(spooled(&f, 0), "net0", "put off");
    for (size_t i = 0; i < N; i++)
        cr_expect(f.spool.device.samples[i].latency_ns == 1e6, "%s", spooled(&f, i));
    clear(&f);
}

Test(plan_runner, without_memory_nets_are_prepared_one_by_one) {
    weather w = {.calm_at = 2000000000};
    fixture f;
    make(&f, &w);
    f.options.memory_bytes = 0;
    cr_expect_eq(run(&f, &(lc__run_events){0}).measured, N);
    clear(&f);
}

typedef struct ends {
    const weather *w;
    uint64_t at[N];
    size_t n;
} ends;

static void note_end(void *ctx, const lc_plan_item *item, const lc__measurement *m) {
    (void)item, (void)m;
    ends *e = ctx;
    e->at[e->n++] = e->w->now;
}

/* Whoever stops it loses the items that sit, so they must not all end in the same round. */
Test(plan_runner, items_end_one_by_one) {
    weather w = {0};
    fixture f;
    make(&f, &w);
    ends e = {.w = &w};
    run(&f, &(lc__run_events){.ctx = &e, .measured = note_end});
    cr_assert_eq(e.n, N);
    for (size_t i = 1; i < N / 2; i++)
        cr_expect_gt((double)(e.at[i] - e.at[i - 1]), 3 * f.options.measure.turn_ns,
                     "items %zu and %zu end together", i - 1, i);
    clear(&f);
}

typedef struct estimates {
    lc__run_report now;
    double whole_ns[N];
    size_t n;
} estimates;

static void note_estimate(void *ctx, const lc_plan_item *item, const lc__measurement *m) {
    (void)item, (void)m;
    estimates *e = ctx;
    e->whole_ns[e->n++] = e->now.spent_ns + e->now.left_ns;
}

/* When the first item ends most of the others have begun: what they have spent is part of the
 * estimate. */
Test(plan_runner, time_left_is_estimated_from_the_first_item_on) {
    weather w = {0};
    fixture f;
    make(&f, &w);
    estimates e = {.n = 0};
    lc__run_events events = {.ctx = &e, .measured = note_estimate};
    cr_assert_eq(lc__run_plan(&f.plan, &f.spool, &f.options, &events, &e.now, NULL), LC_OK);
    cr_assert_eq(e.n, N);
    cr_expect_eq(e.now.left_ns, 0);
    for (size_t i = 0; i < N; i++)
        cr_expect(e.whole_ns[i] > 0.8 * e.now.spent_ns && e.whole_ns[i] < 1.2 * e.now.spent_ns,
                  "item %zu: %g of %g", i, e.whole_ns[i], e.now.spent_ns);
    clear(&f);
}

static bool stop_after_five(void *ctx) {
    return ((fixture *)ctx)->spool.device.n_samples >= 5;
}

Test(plan_runner, stops_between_turns_and_goes_on) {
    weather w = {0};
    fixture f;
    make(&f, &w);
    lc__run_report r = run(&f, &(lc__run_events){.ctx = &f, .stop = stop_after_five});
    cr_expect(r.stopped);
    cr_expect_eq(r.measured, 5);
    r = run(&f, &(lc__run_events){0});
    cr_expect_eq(r.there, 5);
    cr_expect_eq(r.measured, N - 5);
    clear(&f);
}

Test(plan_runner, a_short_time_budget_is_shared) {
    weather w = {.calm_at = UINT64_MAX};
    fixture f;
    make(&f, &w);
    f.options.time_budget = 0.001;
    cr_expect_eq(run(&f, &(lc__run_events){0}).measured, N);
    for (size_t i = 0; i < N; i++)
        cr_expect_lt(f.spool.device.samples[i].n, 40);
    clear(&f);
}
