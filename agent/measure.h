/* Timing one thing that runs again and again: warm-up, turns, and the statistics of its runs.
 *
 * A run shorter than `block_ns` is timed in blocks of k runs, since reading the clock and its
 * granularity would show; each block gives one value, its time / k. k is 1 for most nets, and
 * always where there is a rest between runs.
 *
 * What disturbs a run only ever adds time, so low quantiles repeat where means do not: the 5th
 * percentile. But a net that fills a cache takes up to half as long again on other pages of memory,
 * for as long as it lies there: so the same thing is prepared again and again while it is measured,
 * if that is quick, and the latency is the lower quartile, over these placements, of the 5th
 * percentile in each; with one placement it is its 5th percentile. The interval is the
 * distribution-free one of order statistics (lc__quantile_ci): of placements where there are
 * several, else of values. It costs no memory beyond the values, 8 bytes each, of which at most
 * LC__MAX_VALUES are taken.
 *
 * Turns in which the watch saw something else disturb the machine are left out where the calm ones
 * are enough; they are taken again, for up to as much time as the item has in all.
 */
#ifndef AGENT_MEASURE_H
#define AGENT_MEASURE_H

#include <stddef.h>

#include "clock.h"
#include "energy.h"
#include "latcast/status.h"
#include "perf.h"
#include "rest.h"
#include "watch.h"

#define LC__MAX_VALUES 20000

typedef struct lc__measure_options {
    double precision; /* relative half width of the latency's 95 % interval that is wanted */
    double max_ns;    /* time budget, warm-up included; at least LC__MIN_VALUES runs are timed */
    double min_ns;    /* time spent at least, so that the runs are spread over several rounds */
    double extra_ns;  /* further time to make up for disturbed turns */
    double turn_ns;   /* timed part of a turn */
    double block_ns;  /* shortest block that is timed */
    bool (*stop)(void *ctx); /* asked after every block and while resting, untimed; true, from then
                                on, ends the turn. May be NULL */
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
    /* Runs it so often; *ns is how long that took by a clock of its own, as an accelerator has.
     * NULL: the meter's clock times it. */
    lc_status (*time)(void *ctx, long runs, double *ns, lc_error *err);
} lc__subject;

/* What is measured with, and what happens between runs. All but the clock may be NULL, and must
 * outlive the meter. */
typedef struct lc__instruments {
    const lc__clock *clock;
    const lc__perf *perf;
    lc__watch *watch;
    lc__energy *energy;
    lc__rest *rest;
} lc__instruments;

typedef struct lc__turn {
    size_t end;               /* values taken up to its end */
    unsigned why;             /* what disturbed it, see watch.h */
    lc__canary_reading worse; /* of those before and after it */
    int placement;            /* 0, 1, .. */
    long runs;
    double resting_ns;
    lc__energy_sum drawn; /* ns 0: not measured */
} lc__turn;

/* A measurement in progress. Everything in it is private. */
typedef struct lc__meter {
    lc__measure_options options;
    lc__instruments with;
    lc__subject subject;
    double *value; /* [n] ns per run, in the order of time */
    size_t n, room;
    lc__turn *turn; /* [turns] */
    int turns, turn_room;
    int placement;
    long block;     /* runs per value */
    long runs;      /* behind all values: the block may grow when warmed up again */
    size_t dropped; /* blocks that the clock gave no time for: it went back, or stood still */
    bool warm;
    bool converged;
    double spent_ns, warmup_ns;
    double placed_ns, placing_ns; /* spent in this placement; of that, warming up */
    double disturbed_ns;
    lc__perf_sum counts;
    double page_faults, voluntary_switches, involuntary_switches; /* during timed runs */
} lc__meter;

/* The result; times in ns per run. */
typedef struct lc__measurement {
    double latency, ci_low, ci_high, median, p95, min;
    double mean, stddev;
    long n;          /* timed runs */
    long block;      /* runs per value, of the latest */
    size_t n_values; /* timed; n_used of them are behind the statistics */
    size_t n_used;
    int turns, disturbed_turns, placements;
    unsigned why;      /* what disturbed any of the turns */
    bool disturbed;    /* disturbed turns are behind the statistics, as there were too few others */
    bool steady;       /* interval and halves within LC__STEADY, or the precision if that is more */
    double half_width; /* relative half width of the interval */
    double drift;      /* relative difference of the latencies of the second and the first half */
    double warmup_ns, spent_ns;
    double budget_ns; /* that it had; a single run may take longer */
    double page_faults, voluntary_switches, involuntary_switches; /* in all timed runs */
    size_t clock_errors; /* blocks dropped: the clock went backwards or stood still */
    lc__perf_sum counts; /* in all timed runs */
    double energy_uj, energy_above_idle_uj, peak_power_mw; /* per run, NaN: not measured, */
    const char *energy_absent; /* and why; NULL with energy_above_idle_uj NaN: what is drawn while
                                  nothing runs is not known */
} lc__measurement;

/* Release with lc__meter_clear(). */
lc_status lc__meter_init(lc__meter *meter, const lc__measure_options *options,
                         const lc__instruments *with, lc__subject subject, lc_error *err);
void lc__meter_clear(lc__meter *meter);

/* One turn: the first of a placement warms up until the runs no longer get faster; every turn
 * begins with untimed runs, since another net has had the caches; then blocks are timed for about
 * turn_ns. When one run takes longer than the whole budget, LC__MIN_VALUES are timed in the first
 * turn, so that no more than these and two untimed runs are needed. A turn that stop() ended is
 * LC_OK; the values taken so far are kept. Fails with what the subject's run fails with,
 * LC_ERUNTIME when the clock does not go forward, LC_ENOMEM. */
lc_status lc__meter_turn(lc__meter *meter, lc_error *err);

/* Goes on with the same thing prepared anew, in another placement: the next turn warms up again. */
void lc__meter_resume(lc__meter *meter, lc__subject subject);

/* Whether another placement should be tried before the next turn, when preparing it takes this
 * long: preparing and warming up again may take a third of the time spent in each. */
bool lc__meter_wants_placement(const lc__meter *meter, double prepare_ns);

/* No further turn is needed: precise enough in calm surroundings, or out of budget. */
bool lc__meter_done(const lc__meter *meter);

/* The statistics so far. LC_ERUNTIME when nothing was timed yet, LC_ENOMEM. */
lc_status lc__meter_result(const lc__meter *meter, lc__measurement *out, lc_error *err);

#endif
