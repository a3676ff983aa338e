/* Hardware counters by perf_event_open(2), where the kernel grants them. */
#ifndef AGENT_PERF_H
#define AGENT_PERF_H

#include <stdbool.h>
#include <stdint.h>

/* X(member of a sample's "counters", perf hardware event) */
#define LC__PERF_MAP(X)                                                                            \
    X(cycles, PERF_COUNT_HW_CPU_CYCLES)                                                            \
    X(instructions, PERF_COUNT_HW_INSTRUCTIONS)                                                    \
    X(cache_misses, PERF_COUNT_HW_CACHE_MISSES)

enum {
#define LC__PERF_ENUM(name, event) LC__PERF_##name,
    LC__PERF_MAP(LC__PERF_ENUM)
#undef LC__PERF_ENUM
        LC__PERF_COUNT
};

typedef struct lc__perf {
    int fd[LC__PERF_COUNT]; /* -1 where this event was refused */
    bool available;         /* at least one event counts */
    char counts[64];        /* "user and kernel" or "user only"; "" when nothing counts */
    char absent[200];       /* why nothing counts, with the error's symbol; "" otherwise */
} lc__perf;

/* Counts and times (ns) of each event; a difference of two readings is what happened between. An
 * event with no running time was not counted. */
typedef struct lc__perf_sum {
    double value[LC__PERF_COUNT];
    double enabled[LC__PERF_COUNT];
    double running[LC__PERF_COUNT];
} lc__perf_sum;

/* Opens the counters, stopped, for this thread and the threads it will start: call it before a
 * runtime makes its threads. Tries user and kernel, then user only. Never fails: a refusal is kept
 * in `absent`. Close with lc__perf_close(). */
void lc__perf_open(lc__perf *perf, const char *root);
void lc__perf_close(lc__perf *perf);

/* Starts counting, and remembers the readings in *before. */
void lc__perf_start(const lc__perf *perf, lc__perf_sum *before);

/* Stops counting and adds what happened since `before` to *sum. A short read adds nothing. */
void lc__perf_stop(const lc__perf *perf, const lc__perf_sum *before, lc__perf_sum *sum);

/* Event number i of a sum, scaled up for the time in which the kernel counted something else, or -1
 * if it was not counted. *share (may be NULL) is the part of the time in which it was. */
double lc__perf_value(const lc__perf_sum *sum, int i, double *share);

/* The member name of event number i. */
const char *lc__perf_name(int i);

#endif
