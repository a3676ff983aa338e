/* Whether something else disturbed the machine while a net was timed. The kernel's witnesses are
 * read, and the canary sings, before and after each turn; a turn between two looks that differ too
 * much is disturbed, and why is kept.
 */
#ifndef AGENT_WATCH_H
#define AGENT_WATCH_H

#include "canary.h"
#include "host.h"

/* X(symbol, name in a sample's "disturbed_by", explanation for people) */
#define LC__DISTURBANCE_MAP(X)                                                                     \
    X(WAITED, "waited", "other tasks had the CPU")                                                 \
    X(STOLEN, "stolen", "the hypervisor ran something else")                                       \
    X(SLOWED, "slowed", "arithmetic was slower: a lower clock, or a busy sibling thread")          \
    X(CONTENDED, "contended", "caches or memory were slower: others use them")                     \
    X(THROTTLED, "throttled", "the CPU was throttled")                                             \
    X(MOVED, "moved", "a CPU it was pinned to went away")

enum {
#define LC__DISTURBANCE_BIT(symbol, name, words) LC__BIT_##symbol,
    LC__DISTURBANCE_MAP(LC__DISTURBANCE_BIT)
#undef LC__DISTURBANCE_BIT
        LC__DISTURBANCES
};
enum {
#define LC__DISTURBANCE_FLAG(symbol, name, words) LC__##symbol = 1u << LC__BIT_##symbol,
    LC__DISTURBANCE_MAP(LC__DISTURBANCE_FLAG)
#undef LC__DISTURBANCE_FLAG
};

/* The name of disturbance number i, and what it means. */
const char *lc__disturbance_name(int i);
const char *lc__disturbance_words(int i);

/* Sums since the start of the process or the machine, but for `canary` and `moved`. NaN: the kernel
 * does not tell. */
typedef struct lc__look {
    double at_ns;     /* CLOCK_MONOTONIC */
    double waited_ns; /* that threads of this process could have run but did not */
    double preempted; /* involuntary context switches; told from only where waited_ns is unknown */
    double stolen_ns; /* on the CPUs pinned to, by the hypervisor; in ticks of 10 ms as a rule */
    double throttles; /* of these CPUs */
    bool moved;       /* off the CPUs pinned to; it has been pinned anew */
    lc__canary_reading canary;
} lc__look;

typedef struct lc__watch {
    const char *root;
    lc__cpus *cpus;
    int threads;
    lc__canary canary;
    lc__look last;
    double close_ns;               /* CLOCK_MONOTONIC of the last reading of the canary */
    size_t turns, disturbed_turns; /* judged so far, for the summary */
    size_t why[LC__DISTURBANCES];
    char pinned_anew[160]; /* what became of the pinning, "" while it held */
} lc__watch;

/* Starts watching this process on `cpus`, which it pins anew, and changes, when one of them goes
 * away. `root` goes before /proc and /sys. Takes a few milliseconds; LC_ENOMEM only. `clock` and
 * `cpus` must outlive the watch. Release with lc__watch_clear(). */
lc_status lc__watch_init(lc__watch *watch, const char *root, lc__cpus *cpus, int threads,
                         const lc__clock *clock, lc_error *err);
void lc__watch_clear(lc__watch *watch);

/* Looks, unless it did in the last millisecond: then that look is given again. Every 10 ms it takes
 * a quarter of a millisecond, for the canary and what is slow to read; between, that of the last
 * time stands. */
lc__look lc__watch_look(lc__watch *watch);

/* Whether so many turns were disturbed, more than LC__NOTICED of them, that the machine was. */
#define LC__NOTICED 0.1
bool lc__watch_noticed(const lc__watch *watch);

/* What the readings of the canary before and after it say of a time: by its quiet time as known
 * now, which is better than when it was taken. */
unsigned lc__watch_canary(const lc__watch *watch, const lc__canary_reading *worse);

/* What disturbed the time between two looks: LC__WAITED | ..., 0 when nothing did. */
unsigned lc__watch_judge(lc__watch *watch, const lc__look *before, const lc__look *after);

#endif
