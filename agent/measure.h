/* Timing one thing that runs again and again: warm-up, turns, and the statistics of its runs.
 *
 * A run shorter than `block_ns` is timed in blocks of k runs, since reading the clock and its
 * granularity would show; each block gives one value, its time / k. All statistics are over these
 * values; k is 1 for most nets.
 *
 * The latency is the 5th percentile: over repeated processes low quantiles repeat within 0.3 to
 * 1.4 % where the median moves by 2 to 14 % and the mean by 4 to 11 %, because what disturbs a run
 * only ever adds time. The interval of the percentile is the distribution-free one of order
 * statistics (lc__quantile_ci); it costs no memory beyond the values, 8 bytes each, of which at
 * most LC__MAX_VALUES are taken.
 */
#ifndef AGENT_MEASURE_H
#define AGENT_MEASURE_H

#include <stddef.h>

#include "clock.h"
#include "latcast/status.h"
#include "perf.h"

#define LC__MAX_VALUES 20000

typedef struct lc__measure_options {
    double precision; /* relative half width of the latency's 95 % interval that is wanted */
    double max_ns;    /* time budget, warm-up included; at least LC__MIN_VALUES runs are timed */
    double min_ns;    /* time spent at least, so that the runs are spread over several rounds */
    double turn_ns;   /* timed part of a turn */
    double block_ns;  /* shortest block that is timed */
    bool (*stop)(void *ctx); /* asked after every block, untimed; true ends the turn. May be NULL */
    void *stop_ctx;
} lc__measure_options;

#define LC__MIN_VALUES 5 /* fewest values of any measurement */
#define LC__ENOUGH_VALUES                                                                          \
    60                  /* fewest before stopping early: below 59 the lower end of a 95 %          \
                           interval of the 5th percentile does not exist */
#define LC__MIN_TURNS 4 /* fewest turns before stopping early */
#define LC__CALM                                                                                   \
    1.15                /* median / latency above which a measurement does not stop early: on      \
                           a quiet machine it is below 1.1, beside other work above 1.2 */
#define LC__STEADY 0.05 /* wider intervals and halves farther apart are not steady */

/* precision 0.01, max 1 s, the rest derived from max. */
lc__measure_options lc__measure_defaults(void);

/* Sets the budget to `seconds`, and the least time to a quarter of it. */
void lc__measure_budget(lc__measure_options *options, double seconds);

/* What is timed. `run` runs it once. */
typedef struct lc__subject {
    lc_status (*run)(void *ctx, lc_error *err);
    void *ctx;
} lc__subject;

/* A measurement in progress. Everything in it is private. */
typedef struct lc__meter {
    lc__measure_options options;
    const lc__clock *clock;
    const lc__perf *perf; /* NULL: no counters */
    lc__subject subject;
    double *value; /* [n] ns per run, in the order of time */
    size_t n, room;
    long block; /* runs per value */
    long runs;  /* behind all values: the block may grow when warmed up again */
    int turns;
    bool warm;
    bool converged;
    double spent_ns, warmup_ns;
    lc__perf_sum counts;
    double page_faults, voluntary_switches, involuntary_switches; /* during timed runs */
} lc__meter;

/* The result; times in ns per run. */
typedef struct lc__measurement {
    double p05, ci_low, ci_high, median, p95, min;
    double mean, stddev;
    long n;     /* timed runs */
    long block; /* runs per value, of the latest */
    size_t n_values;
    int turns;
    bool steady;       /* interval and halves within LC__STEADY, or the precision if that is more */
    double half_width; /* relative half width of the interval */
    double drift;      /* relative difference of the latencies of the second and the first half */
    double warmup_ns, spent_ns;
    double budget_ns; /* that it had; a single run may take longer */
    double page_faults, voluntary_switches, involuntary_switches; /* in all timed runs */
    lc__perf_sum counts;                                          /* in all timed runs */
} lc__measurement;

/* `clock` and `perf` must outlive the meter. Release with lc__meter_clear(). */
lc_status lc__meter_init(lc__meter *meter, const lc__measure_options *options,
                         const lc__clock *clock, const lc__perf *perf, lc__subject subject,
                         lc_error *err);
void lc__meter_clear(lc__meter *meter);

/* One turn: the first warms up until the runs no longer get faster; every turn begins with untimed
 * runs, since another net has had the caches; then blocks are timed for about turn_ns. When one run
 * takes longer than the whole budget, LC__MIN_VALUES are timed in the first turn, so that no more
 * than these and two untimed runs are needed. A turn that stop() ended is LC_OK; the values taken
 * so far are kept. Fails only with what the subject's run fails with, or LC_ENOMEM. */
lc_status lc__meter_turn(lc__meter *meter, lc_error *err);

/* Goes on with the same thing prepared anew: the next turn warms up again. */
void lc__meter_resume(lc__meter *meter, lc__subject subject);

/* No further turn is needed: precise enough in calm surroundings, or out of budget. */
bool lc__meter_done(const lc__meter *meter);

/* The statistics so far. LC_ERUNTIME when nothing was timed yet. */
lc_status lc__meter_result(const lc__meter *meter, lc__measurement *out, lc_error *err);

#endif
