/* Measures the items of a plan and spools each as soon as it is done.
 *
 * Several nets are kept prepared at once and take turns (measure.h), so that whatever makes the
 * machine slower for a second or two hits all of them alike and none of them for its whole
 * measurement. One more begins in every round of turns while there are seats, so that they also end
 * one by one and not all together; each is spooled when it is done and leaves its seat to the next
 * of the plan. One that is not precise after half its time is put off to the end of the plan and
 * gets the other half then: what disturbed it is often over by that time, and the 5th percentile of
 * both visits is that of the calm one.
 *
 * An item whose net is prepared quickly is prepared anew now and then, in other memory (measure.h).
 *
 * What cannot be prepared or fails while it runs is skipped: the backend lacks an operator, there
 * is too little memory, the clock is unusable, the agent was killed twice at it (begun.h). The rest
 * goes on. One for which there is too little memory only beside others waits until it is alone.
 *
 * Values of an item that is not done are in memory only. A stop or kill -9 loses those of the items
 * that sit, at most LC__SEATS, and of those put off; they are measured from the start next time.
 */
#ifndef AGENT_PLAN_RUNNER_H
#define AGENT_PLAN_RUNNER_H

#include "begun.h"
#include "latcast/backend.h"
#include "measure.h"
#include "spool.h"

#define LC__SEATS 16 /* nets that take turns */

typedef struct lc__run_options {
    const lc_backend *backend;
    const lc_exec_config *exec;
    lc__instruments with;
    const lc__cpus *cpus; /* that it is pinned to */
    const char *run_id;
    lc__measure_options measure; /* max_ns shrinks when time_budget is short; stop is the events' */
    double time_budget;          /* for all items, seconds; 0 = none */
    double memory_bytes;         /* that prepared nets may take; a single one may take what is
                                    free */
    lc__begun *begun;            /* notes what is begun; NULL: nothing does */
    bool raw;                    /* spool the single values too */
} lc__run_options;

/* Called between turns, stop() also between timed blocks, never while something is timed. Any may
 * be NULL. */
typedef struct lc__run_events {
    void *ctx;
    bool (*stop)(void *ctx); /* true, from then on: leave, keeping what is spooled */
    void (*measured)(void *ctx, const lc_plan_item *item, const lc__measurement *result);
    /* `why` has LC_EUNSUPPORTED where the backend lacks an operator, else what failed */
    void (*skipped)(void *ctx, const lc_plan_item *item, const lc_error *why);
    void (*preparing)(void *ctx, bool begins); /* around the preparing of a net, which is long */
} lc__run_events;

typedef struct lc__run_report {
    size_t there; /* were in the spool before */
    size_t measured;
    size_t unsteady;    /* of the measured */
    size_t disturbed;   /* of the measured: in spite of further tries */
    size_t unsupported; /* skipped: the backend cannot run them here */
    size_t failed;      /* skipped for other reasons */
    double spent_ns;    /* measuring, also items that are not done */
    double left_ns; /* the same still to come, estimated: each item not done takes what those done
                       took on the average, and one put off all its time */
    bool stopped;
} lc__run_report;

/* LC_OK also when some items are skipped or unsteady, or when stop() ended it: the report says so.
 * LC_EIO when the spool cannot be written, LC_ENOMEM. */
lc_status lc__run_plan(const lc_plan *plan, lc__spool *spool, const lc__run_options *options,
                       const lc__run_events *events, lc__run_report *report, lc_error *err);

/* Bytes that a prepared net takes, estimated: weights as given and as packed, all activations; of
 * `batch` images at a time, 0 = as the net has it. */
double lc__net_bytes(const lc_net *net, int batch);

#endif
