#include "energy.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/now.h"
#include "energy_meters.h"
#include "tree.h"

#define PERIOD_NS 10000000L
#define MAX_WAITS 100 /* periods, for the first reading */

static void pause_ns(double ns) {
    struct timespec t = {(time_t)(ns / 1e9), (long)fmod(ns, 1e9)};
    while (nanosleep(&t, &t) && errno == EINTR) {
    }
}

void lc__energy_open(lc__energy *e, const char *root) {
    *e = (lc__energy){.root = root, .idle_mw = NAN};
    pthread_mutex_init(&e->lock, NULL);
    lc__energy_find(e);
}

/* Power of all meters together, mW; NaN when one cannot be read. */
static double power_mw(const lc__energy *e) {
    double sum = 0;
    for (size_t i = 0; i < e->n; i++) {
        double value = NAN, times = 1;
        if (!lc__tree_number(e->root, e->meter[i].path, &value) ||
            (e->meter[i].times[0] && !lc__tree_number(e->root, e->meter[i].times, &times)))
            return NAN;
        sum += value * times * e->meter[i].unit;
    }
    return sum;
}

/* Brings the integral up to now, at the power last read. The lock is held. */
static void advance(lc__energy *e, double now) {
    if (e->last_ns > 0)
        e->integral_uj += e->last_mw * (now - e->last_ns) / 1e6;
    e->last_ns = now;
}

static void *read_power(void *ctx) {
    lc__energy *e = ctx;
    for (bool stop = false; !stop;) {
        double mw = power_mw(e);
        pthread_mutex_lock(&e->lock);
        if (mw > 0) {
            advance(e, lc__now_ns());
            e->last_mw = mw;
            e->peak_mw = fmax(e->peak_mw, mw);
            e->readings++;
        }
        stop = e->stop;
        pthread_mutex_unlock(&e->lock);
        if (!stop)
            pause_ns(PERIOD_NS);
    }
    return NULL;
}

/* All CPUs but these; all, when that leaves none. */
static void stay_off(pthread_t thread, const lc__cpus *cpus) {
    cpu_set_t set;
    memset(&set, 0xff, sizeof set);
    for (int i = 0; i < cpus->n; i++)
        CPU_CLR((size_t)cpus->cpu[i], &set);
    if (pthread_setaffinity_np(thread, sizeof set, &set)) {
        memset(&set, 0xff, sizeof set);
        pthread_setaffinity_np(thread, sizeof set, &set);
    }
}

/* On a busy machine the thread may not run at once; on one whose meter fails, never. */
static void wait_for_reading(lc__energy *e) {
    long readings = 0;
    for (int i = 0; i < MAX_WAITS && readings == 0; i++) {
        pause_ns(PERIOD_NS);
        pthread_mutex_lock(&e->lock);
        readings = e->readings;
        pthread_mutex_unlock(&e->lock);
    }
}

lc_status lc__energy_start(lc__energy *e, const lc__cpus *cpus, double idle_s, lc_error *err) {
    lc__energy_mark mark;
    lc__energy_sum sum = {0};
    if (e->n == 0)
        return LC_OK;
    if (!e->counts) {
        int why = pthread_create(&e->thread, NULL, read_power, e);
        if (why) {
            lc_error_set(err, LC_ERUNTIME, "cannot start the thread that reads power: %s",
                         strerror(why));
            return LC_ERUNTIME;
        }
        e->running = true;
        stay_off(e->thread, cpus);
        wait_for_reading(e);
    }
    lc__energy_begin(e, &mark);
    pause_ns(idle_s * 1e9);
    if (lc__energy_end(e, &mark, &sum) && sum.uj > 0)
        e->idle_mw = sum.uj / sum.ns * 1e6;
    return LC_OK;
}

void lc__energy_close(lc__energy *e) {
    if (e->running) {
        pthread_mutex_lock(&e->lock);
        e->stop = true;
        pthread_mutex_unlock(&e->lock);
        pthread_join(e->thread, NULL);
    }
    pthread_mutex_destroy(&e->lock);
    *e = (lc__energy){0};
}

void lc__energy_begin(lc__energy *e, lc__energy_mark *mark) {
    *mark = (lc__energy_mark){.at_ns = lc__now_ns()};
    for (size_t i = 0; i < e->n && e->counts; i++)
        if (!lc__tree_number(e->root, e->meter[i].path, &mark->counter[i]))
            mark->counter[i] = NAN;
    pthread_mutex_lock(&e->lock);
    advance(e, mark->at_ns);
    e->peak_mw = 0;
    mark->integral_uj = e->integral_uj;
    mark->readings = e->readings;
    pthread_mutex_unlock(&e->lock);
}

/* Microjoules counted since the mark; NaN when a counter cannot be read or went backwards. */
static double counted_uj(const lc__energy *e, const lc__energy_mark *mark) {
    double sum = 0;
    for (size_t i = 0; i < e->n; i++) {
        double now;
        if (!lc__tree_number(e->root, e->meter[i].path, &now))
            return NAN;
        double part = now - mark->counter[i];
        if (part < 0)
            part = e->meter[i].range_uj > 0 ? part + e->meter[i].range_uj : NAN;
        sum += part * e->meter[i].unit;
    }
    return sum;
}

bool lc__energy_end(lc__energy *e, const lc__energy_mark *mark, lc__energy_sum *sum) {
    if (e->n == 0)
        return false;
    double uj = e->counts ? counted_uj(e, mark) : 0, now = lc__now_ns(), ns = now - mark->at_ns;
    double peak = uj / ns * 1e6;
    long readings = 2;
    if (!e->counts) {
        pthread_mutex_lock(&e->lock);
        advance(e, now);
        uj = e->integral_uj - mark->integral_uj;
        peak = e->peak_mw;
        readings = e->readings - mark->readings;
        pthread_mutex_unlock(&e->lock);
    }
    if (isnan(uj) || ns <= 0)
        return false;
    sum->uj += uj;
    sum->ns += ns;
    sum->peak_mw = fmax(sum->peak_mw, peak);
    sum->readings += readings;
    return true;
}
