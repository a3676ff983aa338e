#include "watch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/now.h"
#include "kernel_stat.h"
#include "tree.h"

#define FRESH_NS 1e6     /* a look this old is taken for the present, */
#define SONG_NS 1e7      /* and of what takes long to learn, one this old */
#define WAITED_SHARE .02 /* of the time, per thread: more is told */
#define WAITED_LEAST 2e5 /* ns; less is the kernel's own housekeeping */
#define STOLEN_SHARE .02
#define PREEMPTED_PER_S 20
#define PI_THROTTLED 0x6 /* get_throttled of the Raspberry Pi's firmware: capped, throttled now */

static const struct {
    const char *name, *words;
} disturbances[] = {
#define ROW(symbol, name, words) {name, words},
    LC__DISTURBANCE_MAP(ROW)
#undef ROW
};

const char *lc__disturbance_name(int i) {
    return disturbances[i].name;
}

const char *lc__disturbance_words(int i) {
    return disturbances[i].words;
}

/* Adds the second number of a schedstat file: time on a run queue (ns). */
static void add_waited(const char *root, const char *path, double *sum) {
    char text[100];
    double v[2]; /* time run, time waited */
    if (lc__tree_read(root, path, text, sizeof text) && lc__tree_numbers(text, v, 2) == 2)
        *sum = isnan(*sum) ? v[1] : *sum + v[1];
}

typedef struct task_walk {
    const char *root;
    double sum;
} task_walk;

static void one_task(void *ctx, const char *tid) {
    task_walk *w = ctx;
    char path[100];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/schedstat", tid);
    add_waited(w->root, path, &w->sum);
}

static double waited_ns(const lc__watch *watch) {
    task_walk w = {watch->root, NAN};
    if (watch->threads == 1)
        add_waited(watch->root, "/proc/self/schedstat", &w.sum);
    else
        lc__tree_each(watch->root, "/proc/self/task", "", one_task, &w);
    return w.sum;
}

static double throttles(const lc__watch *w) {
    char path[128], text[32];
    double sum = NAN, count;
    for (int i = 0; i < w->cpus->n; i++) {
        snprintf(path, sizeof path,
                 "/sys/devices/system/cpu/cpu%d/thermal_throttle/core_throttle_count",
                 w->cpus->cpu[i]);
        if (lc__tree_number(w->root, path, &count))
            sum = (isnan(sum) ? 0 : sum) + count;
    }
    /* no count, but whether it is so now: told as one more throttling at each look */
    if (lc__tree_read(w->root, "/sys/devices/platform/soc/soc:firmware/get_throttled", text,
                      sizeof text)) {
        bool now = strtoul(text, NULL, 16) & PI_THROTTLED;
        sum = fmax(w->last.throttles, 0) + now;
    }
    return sum;
}

/* Off the CPUs pinned to: the kernel moves a task when its last CPU is taken away. */
static bool check_pinning(lc__watch *w) {
    if (w->cpus->n == 0 || lc__pin_holds(w->cpus))
        return false;
    lc__repin(w->root, w->cpus, w->threads, w->pinned_anew, sizeof w->pinned_anew);
    return true;
}

/* What takes a quarter of a millisecond to learn. */
static void look_closely(lc__watch *w, lc__look *look) {
    lc__kernel_stat stat;
    lc__kernel_stat_read(w->root, w->cpus, &stat);
    look->stolen_ns = stat.stolen_ns;
    look->throttles = throttles(w);
    look->canary = lc__canary_sing(&w->canary);
}

lc__look lc__watch_look(lc__watch *w) {
    struct rusage usage;
    double now = lc__now_ns();
    if (now - w->last.at_ns < FRESH_NS)
        return w->last;
    lc__look look = w->last;
    getrusage(RUSAGE_SELF, &usage);
    look.preempted = (double)usage.ru_nivcsw;
    look.moved = check_pinning(w);
    if (now - w->close_ns >= SONG_NS) {
        look_closely(w, &look);
        w->close_ns = now;
    }
    look.waited_ns = waited_ns(w); /* from here on: looking is nobody's turn */
    look.at_ns = lc__now_ns();
    w->last = look;
    return look;
}

static bool waited(const lc__watch *w, const lc__look *a, const lc__look *b, double wall) {
    double waited_ns = b->waited_ns - a->waited_ns, preempted = b->preempted - a->preempted;
    if (isnan(waited_ns))
        return preempted >= 2 && preempted > PREEMPTED_PER_S * wall / 1e9;
    return waited_ns > WAITED_LEAST && waited_ns > WAITED_SHARE * w->threads * wall;
}

unsigned lc__watch_canary(const lc__watch *w, const lc__canary_reading *worse) {
    const lc__canary_reading *quiet = &w->canary.quiet;
    unsigned why = 0;
    if (worse->compute_ns > LC__CANARY_COMPUTE * quiet->compute_ns)
        why |= LC__SLOWED;
    if (worse->memory_ns > LC__CANARY_MEMORY * quiet->memory_ns)
        why |= LC__CONTENDED;
    return why;
}

unsigned lc__watch_judge(lc__watch *w, const lc__look *before, const lc__look *after) {
    double wall = after->at_ns - before->at_ns;
    unsigned why = 0;
    if (waited(w, before, after, wall))
        why |= LC__WAITED;
    if (after->stolen_ns - before->stolen_ns > STOLEN_SHARE * wall)
        why |= LC__STOLEN;
    if (after->throttles > before->throttles)
        why |= LC__THROTTLED;
    if (after->moved)
        why |= LC__MOVED;
    why |= lc__watch_canary(w, &before->canary) | lc__watch_canary(w, &after->canary);
    w->turns++;
    w->disturbed_turns += why != 0;
    for (int i = 0; i < LC__DISTURBANCES; i++)
        w->why[i] += why >> i & 1;
    return why;
}

bool lc__watch_noticed(const lc__watch *w) {
    return (double)w->disturbed_turns > LC__NOTICED * (double)w->turns;
}

lc_status lc__watch_init(lc__watch *w, const char *root, lc__cpus *cpus, int threads,
                         const lc__clock *clock, lc_error *err) {
    *w = (lc__watch){.root = root, .cpus = cpus, .threads = threads, .last.throttles = NAN};
    return lc__canary_init(&w->canary, clock, lc__tree_cache(root, 2), err);
}

void lc__watch_clear(lc__watch *w) {
    lc__canary_clear(&w->canary);
}
