/* The statistics of runs whose durations are known: time is a number that the runs advance. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "agent/measure.h"

typedef struct world {
    uint64_t now; /* ns */
    long runs;
    uint64_t (*duration)(const struct world *w);
    long fail_at; /* this run fails, 0 = none does */
} world;

static uint64_t ticks(void *ctx) {
    return ((world *)ctx)->now;
}

static lc_status run_once(void *ctx, lc_error *err) {
    world *w = ctx;
    w->now += w->duration(w);
    if (++w->runs == w->fail_at)
        return lc_error_set(err, LC_ERUNTIME, "broke");
    return LC_OK;
}

static lc_status measure_by(uint64_t (*clock_ticks)(void *), world *w, lc__measure_options o,
                            lc__measurement *out, lc_error *err) {
    lc__clock clock = {.ticks = clock_ticks, .ctx = w, .ns_per_tick = 1, .about = "a made one"};
    lc__meter meter;
    lc_status s = lc__meter_init(&meter, &o, &(lc__instruments){.clock = &clock},
                                 (lc__subject){.run = run_once, .ctx = w}, err);
    while (!s && !lc__meter_done(&meter))
        s = lc__meter_turn(&meter, err);
    if (!s)
        s = lc__meter_result(&meter, out, err);
    lc__meter_clear(&meter);
    return s;
}

static lc_status measure(world *w, lc__measure_options o, lc__measurement *out, lc_error *err) {
    return measure_by(ticks, w, o, out, err);
}

static uint64_t constant_1ms(const world *w) {
    (void)w;
    return 1000000;
}

Test(measure, equal_runs_give_their_duration_and_stop_early) {
    world w = {.duration = constant_1ms};
    lc__measurement m;
    cr_assert_eq(measure(&w, lc__measure_defaults(), &m, NULL), LC_OK);
    cr_expect(m.latency == 1e6 && m.ci_low == 1e6 && m.ci_high == 1e6 && m.median == 1e6 &&
              m.p95 == 1e6 && m.min == 1e6);
    cr_expect(m.steady);
    cr_expect_eq(m.block, 1);
    cr_expect_geq(m.turns, LC__MIN_TURNS);
    cr_expect_geq(m.n_values, (size_t)LC__ENOUGH_VALUES);
    cr_expect_lt(m.spent_ns, 0.5e9, "a precise measurement must not use its whole second");
}

/* 1.00, 1.01 .. 1.99 ms in turn: the 5th percentile is 1.05 ms, the median 1.5 ms. */
static uint64_t sawtooth(const world *w) {
    return 1000000 + (uint64_t)(w->runs * 37 % 100) * 10000;
}

Test(measure, percentiles_of_a_known_distribution) {
    world w = {.duration = sawtooth};
    lc__measurement m;
    lc__measure_options o = lc__measure_defaults();
    lc__measure_budget(&o, 10);
    o.precision = 1e-9; /* use the whole budget */
    cr_assert_eq(measure(&w, o, &m, NULL), LC_OK);
    cr_expect(fabs(m.latency - 1.05e6) <= 1e4);
    cr_expect(fabs(m.median - 1.495e6) <= 1e4);
    cr_expect(fabs(m.p95 - 1.94e6) <= 1e4);
    cr_expect(m.ci_low <= m.latency && m.ci_high >= m.latency && m.min == 1e6);
}

/* Every third run is disturbed and takes up to four times as long. */
static uint64_t disturbed(const world *w) {
    return w->runs % 3 ? 2000000 : 2000000 + (uint64_t)(w->runs % 7) * 1000000;
}

Test(measure, disturbance_does_not_move_the_latency) {
    world w = {.duration = disturbed};
    lc__measurement m;
    cr_assert_eq(measure(&w, lc__measure_defaults(), &m, NULL), LC_OK);
    cr_expect(m.latency == 2e6);
    cr_expect(m.steady);
    cr_expect_gt(m.p95, 2.5e6);
}

static uint64_t constant_100ns(const world *w) {
    (void)w;
    return 100;
}

Test(measure, short_runs_are_timed_in_blocks) {
    world w = {.duration = constant_100ns};
    lc__measurement m;
    cr_assert_eq(measure(&w, lc__measure_defaults(), &m, NULL), LC_OK);
    cr_expect_geq(m.block * 100, 20000, "a block must last 20 us");
    cr_expect_eq(m.n, (long)m.n_values * m.block);
    cr_expect(fabs(m.latency - 100) <= 1e-9);
}

/* Slow until it is prepared anew, then so fast that a block takes more runs. */
static uint64_t fast_later(const world *w) {
    return w->now < 300000000 ? 30000 : 100;
}

Test(measure, runs_are_counted_also_when_the_block_grows_at_a_second_visit) {
    world w = {.duration = fast_later};
    lc__clock clock = {.ticks = ticks, .ctx = &w, .ns_per_tick = 1};
    lc__measure_options o = lc__measure_defaults();
    lc__subject subject = {.run = run_once, .ctx = &w};
    lc__meter meter;
    lc__measurement first, both;
    cr_assert_eq(lc__meter_init(&meter, &o, &(lc__instruments){.clock = &clock}, subject, NULL),
                 LC_OK);
    cr_assert_eq(lc__meter_turn(&meter, NULL), LC_OK);
    cr_assert_eq(lc__meter_result(&meter, &first, NULL), LC_OK);
    w.now = 300000000;
    lc__meter_resume(&meter, subject);
    cr_assert_eq(lc__meter_turn(&meter, NULL), LC_OK);
    cr_assert_eq(lc__meter_result(&meter, &both, NULL), LC_OK);
    lc__meter_clear(&meter);
    cr_expect_eq(first.n, (long)first.n_values);
    cr_expect_gt(both.block, 1);
    cr_expect_eq(both.n, first.n + (long)(both.n_values - first.n_values) * both.block);
}

static uint64_t constant_400ms(const world *w) {
    (void)w;
    return 400000000;
}

Test(measure, slow_runs_get_the_fewest_values_over_budget) {
    world w = {.duration = constant_400ms};
    lc__measurement m;
    cr_assert_eq(measure(&w, lc__measure_defaults(), &m, NULL), LC_OK);
    cr_expect_geq(m.n, LC__MIN_VALUES);
    cr_expect_leq(w.runs, 2 * LC__MIN_VALUES + 2);
}

static uint64_t constant_5s(const world *w) {
    (void)w;
    return 5000000000;
}

Test(measure, runs_longer_than_the_budget_are_the_fewest) {
    world w = {.duration = constant_5s};
    lc__measurement m;
    cr_assert_eq(measure(&w, lc__measure_defaults(), &m, NULL), LC_OK);
    cr_expect_eq(m.n, LC__MIN_VALUES);
    cr_expect_eq(w.runs, LC__MIN_VALUES + 2, "two untimed runs, not two for each value");
    cr_expect_gt(m.min, m.budget_ns);
}

/* Stops when the given number of runs is over. */
typedef struct stopper {
    const world *w;
    long after;
} stopper;

static bool stop(void *ctx) {
    const stopper *s = ctx;
    return s->w->runs >= s->after;
}

/* In warm-up, reheating or timing, wherever the wish comes: no further run is begun. */
Test(measure, a_stop_is_heard_after_every_run) {
    for (long after = 1; after <= LC__MIN_VALUES + 2; after++) {
        world w = {.duration = constant_400ms};
        stopper s = {&w, after};
        lc__clock clock = {.ticks = ticks, .ctx = &w, .ns_per_tick = 1};
        lc__measure_options o = lc__measure_defaults();
        o.stop = stop;
        o.stop_ctx = &s;
        lc__meter meter;
        cr_assert_eq(lc__meter_init(&meter, &o, &(lc__instruments){.clock = &clock},
                                    (lc__subject){.run = run_once, .ctx = &w}, NULL),
                     LC_OK);
        while (!stop(&s))
            cr_assert_eq(lc__meter_turn(&meter, NULL), LC_OK);
        cr_expect_eq(w.runs, after);
        cr_expect_not(lc__meter_done(&meter));
        lc__meter_clear(&meter);
    }
}

/* Gets slower by a quarter in the course of the budget. */
static uint64_t slowing(const world *w) {
    return 1000000 + w->now / 4000;
}

Test(measure, drift_is_not_steady) {
    world w = {.duration = slowing};
    lc__measurement m;
    cr_assert_eq(measure(&w, lc__measure_defaults(), &m, NULL), LC_OK);
    cr_expect_not(m.steady);
    cr_expect_gt(m.drift, 0.05);
    cr_expect_geq(m.spent_ns, 1e9, "an unsteady measurement uses its budget");
}

/* The first 20 runs are cold. */
static uint64_t cold_start(const world *w) {
    return w->runs < 20 ? 3000000 - (uint64_t)w->runs * 100000 : 1000000;
}

Test(measure, warm_up_goes_on_until_runs_get_no_faster) {
    world w = {.duration = cold_start};
    lc__measurement m;
    cr_assert_eq(measure(&w, lc__measure_defaults(), &m, NULL), LC_OK);
    cr_expect(m.p95 == 1e6, "no cold run may be among the values");
    cr_expect_gt(m.warmup_ns, 20e6);
}

Test(measure, a_failing_run_ends_the_measurement) {
    world w = {.duration = constant_1ms, .fail_at = 30};
    lc__measurement m;
    lc_error err;
    cr_assert_eq(measure(&w, lc__measure_defaults(), &m, &err), LC_ERUNTIME);
    cr_expect_str_eq(err.message, "broke");
}

Test(measure, statistics_of_nothing_are_refused) {
    world w = {.duration = constant_1ms};
    lc__clock clock = {.ticks = ticks, .ctx = &w, .ns_per_tick = 1};
    lc__measure_options o = lc__measure_defaults();
    lc__meter meter;
    lc__measurement m;
    lc_error err;
    cr_assert_eq(lc__meter_init(&meter, &o, &(lc__instruments){.clock = &clock},
                                (lc__subject){.run = run_once, .ctx = &w}, &err),
                 LC_OK);
    cr_expect_eq(lc__meter_result(&meter, &m, &err), LC_ERUNTIME);
    lc__meter_clear(&meter);
}

/* The card's clock: 100 us a run, but nothing for the first ten blocks. */
static lc_status time_on_card(void *ctx, long runs, double *ns, lc_error *err) {
    world *w = ctx;
    lc_status s = run_once(ctx, err);
    *ns = w->runs > 10 ? 1e5 * (double)runs : 0;
    return s;
}

Test(measure, a_time_of_nothing_by_a_cards_clock_is_no_value) {
    world w = {.duration = constant_100ns};
    lc__clock clock = {.ticks = ticks, .ctx = &w, .ns_per_tick = 1};
    lc__measure_options o = lc__measure_defaults();
    lc__subject subject = {.run = run_once, .ctx = &w, .time = time_on_card};
    lc__meter meter;
    lc__measurement m;
    cr_assert_eq(lc__meter_init(&meter, &o, &(lc__instruments){.clock = &clock}, subject, NULL),
                 LC_OK);
    cr_assert_eq(lc__meter_turn(&meter, NULL), LC_OK);
    cr_assert_eq(lc__meter_result(&meter, &m, NULL), LC_OK);
    cr_expect(m.min == 1e5 && m.latency == 1e5 && m.drift == 0, "%g %g", m.min, m.latency);
    cr_expect_eq(m.clock_errors, 10);
    lc__meter_clear(&meter);
}

/* The values of a first turn that was stopped count, also after one in which the clock stood. */
Test(measure, one_value_and_no_whole_turn_have_statistics) {
    world w = {.duration = constant_1ms};
    lc__clock clock = {.ticks = ticks, .ctx = &w, .ns_per_tick = 1};
    lc__measure_options o = lc__measure_defaults();
    lc__meter meter;
    lc__measurement m;
    cr_assert_eq(lc__meter_init(&meter, &o, &(lc__instruments){.clock = &clock},
                                (lc__subject){.run = run_once, .ctx = &w}, NULL),
                 LC_OK);
    meter.value[meter.n++] = 1e6;
    meter.runs = 1;
    for (meter.turns = 0; meter.turns < 2; meter.turns++) {
        meter.turn[meter.turns] = (lc__turn){.end = 0};
        cr_assert_eq(lc__meter_result(&meter, &m, NULL), LC_OK);
        cr_expect(m.n_used == 1 && m.placements == 1 && m.latency == 1e6 && m.p95 == 1e6);
        cr_expect(m.stddev == 0 && m.drift == 0 && m.half_width == 0);
        cr_expect_not(m.steady, "one value says nothing of it");
        cr_expect_str_eq(m.energy_absent, "energy was not asked for");
    }
    lc__meter_clear(&meter);
}

Test(measure, energy_that_cannot_be_told_has_its_reason) {
    static const struct {
        double idle_mw, uj, ns, resting_ns;
        long readings, runs;
        const char *why;
    } cases[] = {
        {1000, 0, 0, 0, 0, 10, "the meter could not be read"},
        {1000, 9e4, 4e7, 0, 9, 10, "the turns were too short for the meter"},
        {1000, 9e4, 6e7, 0, 4, 10, "the turns were too short for the meter"},
        {1000, 0, 6e7, 0, 9, 10, "the meter did not move"},
        {NAN, 9e4, 6e7, 5e7, 9, 10, "what the rests draw is not known"},
        {1000, 4e4, 6e7, 5e7, 9, 10, "no more was drawn than while nothing runs"},
        {1000, 9e4, 6e7, 0, 9, 0, "no run was timed while the meter was read"},
        {NAN, 9e4, 6e7, 0, 9, 10, NULL},
        {1000, 9e4, 6e7, 0, 9, 10, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lc__energy energy = {.n = 1, .idle_mw = cases[i].idle_mw};
        lc__turn turn = {.end = 1,
                         .runs = cases[i].runs,
                         .resting_ns = cases[i].resting_ns,
                         .drawn = {cases[i].uj, cases[i].ns, 2000, cases[i].readings}};
        double value = 1e6;
        lc__meter meter = {.with.energy = &energy,
                           .value = &value,
                           .n = 1,
                           .runs = cases[i].runs,
                           .turn = &turn,
                           .turns = 1};
        lc__measurement m;
        cr_assert_eq(lc__meter_result(&meter, &m, NULL), LC_OK);
        bool known = !cases[i].why;
        cr_expect(known ? !m.energy_absent : !strcmp(m.energy_absent, cases[i].why), "case %zu: %s",
                  i, m.energy_absent ? m.energy_absent : "known");
        cr_expect_eq(known, m.energy_uj == 9e3);
        cr_expect_eq(known && cases[i].idle_mw == 1000, m.energy_above_idle_uj == 3e3);
    }
}

Test(measure, a_small_budget_still_has_rounds) {
    lc__measure_options o = lc__measure_defaults();
    lc__measure_budget(&o, 0.01);
    world w = {.duration = constant_100ns};
    lc__measurement m;
    cr_assert_eq(measure(&w, o, &m, NULL), LC_OK);
    cr_expect_geq(m.turns, LC__MIN_TURNS);
    cr_expect_lt(m.spent_ns, 0.02e9);
}

/* Every seventh reading is 10 s in the past. */
static uint64_t jumping(void *ctx) {
    static int readings;
    uint64_t now = ticks(ctx) + 20000000000u;
    return ++readings % 7 ? now : now - 10000000000u;
}

static uint64_t frozen(void *ctx) {
    (void)ctx;
    return 5;
}

Test(measure, a_clock_that_jumps_back_loses_values_not_the_measurement) {
    world w = {.duration = constant_1ms};
    lc__measurement m;
    cr_assert_eq(measure_by(jumping, &w, lc__measure_defaults(), &m, NULL), LC_OK);
    cr_expect_gt(m.clock_errors, 0);
    cr_expect(m.latency == 1e6, "%g", m.latency);
}

Test(measure, a_clock_that_stands_still_is_an_error) {
    world w = {.duration = constant_1ms};
    lc__measurement m;
    lc_error err;
    cr_assert_eq(measure_by(frozen, &w, lc__measure_defaults(), &m, &err), LC_ERUNTIME);
    cr_expect_not_null(strstr(err.message, "a made one) goes backwards or stands still"), "%s",
                       err.message);
}

/* Turn after turn in a placement of its own, one in three of which takes 30 % longer. */
static uint64_t by_placement(const world *w) {
    return w->fail_at == -1 ? 1300000 : 1000000;
}

Test(measure, placements_are_told_apart) {
    world w = {.duration = by_placement};
    lc__clock clock = {.ticks = ticks, .ctx = &w, .ns_per_tick = 1};
    lc__measure_options o = lc__measure_defaults();
    lc__meter meter;
    lc__measurement m;
    lc__subject subject = {.run = run_once, .ctx = &w};
    cr_assert_eq(lc__meter_init(&meter, &o, &(lc__instruments){.clock = &clock}, subject, NULL),
                 LC_OK);
    for (int i = 0; i < 12; i++) {
        w.fail_at = i % 3 == 0 ? -1 : 0;
        cr_assert_eq(lc__meter_turn(&meter, NULL), LC_OK);
        lc__meter_resume(&meter, subject);
    }
    cr_assert_eq(lc__meter_result(&meter, &m, NULL), LC_OK);
    cr_expect_eq(m.placements, 12);
    cr_expect(m.latency == 1e6 && m.p95 == 1.3e6);
    lc__meter_clear(&meter);
}

Test(measure, paced_runs_start_at_their_time) {
    lc__rest rest;
    cr_assert_eq(lc__rest_init(&rest, "", 2e6, false, NULL), LC_OK);
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int i = 0; i < 5; i++)
        lc__rest_take(&rest, NULL, NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    double ns = (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec);
    cr_expect_geq(ns, 4 * 2e6, "the first at once, the others 2 ms apart");
    cr_expect_gt(rest.resting_ns, 0);
    lc__rest_clear(&rest);
}

/* Asked before and after the first run, and then while it rests. */
static bool stop_after_a_while(void *ctx) {
    return ++*(int *)ctx > 3;
}

/* The wish comes while the second run is awaited: it never begins. */
Test(measure, a_stop_is_heard_while_resting) {
    world w = {.duration = constant_1ms};
    int asked = 0;
    lc__clock clock = {.ticks = ticks, .ctx = &w, .ns_per_tick = 1};
    lc__measure_options o = lc__measure_defaults();
    lc__rest rest;
    lc__meter meter;
    o.stop = stop_after_a_while;
    o.stop_ctx = &asked;
    cr_assert_eq(lc__rest_init(&rest, "", 60e9, false, NULL), LC_OK);
    cr_assert_eq(lc__meter_init(&meter, &o, &(lc__instruments){.clock = &clock, .rest = &rest},
                                (lc__subject){.run = run_once, .ctx = &w}, NULL),
                 LC_OK);
    cr_expect_eq(lc__meter_turn(&meter, NULL), LC_OK);
    cr_expect_eq(w.runs, 1);
    cr_expect_eq(meter.turns, 0);
    lc__meter_clear(&meter);
    lc__rest_clear(&rest);
}

Test(measure, cold_runs_write_through_twice_the_last_cache) {
    lc__rest rest;
    cr_assert_eq(lc__rest_init(&rest, LATCAST_TEST_DATA "/sysroot-rpi4", 0, true, NULL), LC_OK);
    cr_expect_eq(rest.other_bytes, (size_t)2 << 20, "its largest cache has 1 MiB");
    cr_expect_gt(lc__rest_take(&rest, NULL, NULL), 0);
    cr_expect(rest.other[0] == 1 && rest.other[rest.other_bytes - 64] == 1);
    lc__rest_clear(&rest);
    cr_expect(lc__rest_none(&rest));
}
