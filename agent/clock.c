#include "clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "base/now.h"
#include "base/stats.h"
#include "tree.h"

#define MAX_READINGS 2000000L /* until a clock is a window further: none can be read so quickly */
#define WINDOWS 5
#define WINDOW_NS 4000000
#define MAX_SPREAD 2e-4
#define MAX_DISCIPLINE 1e-3 /* twice the most that the kernel's clock is slewed by */
#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static uint64_t monotonic(void *ctx) {
    (void)ctx;
    return lc__now_whole_ns();
}

/* Reads CLOCK_MONOTONIC until it is `ns` further; false where it does not get there. */
static bool wait_for(uint64_t ns) {
    uint64_t from = monotonic(NULL);
    for (long i = 0; i < MAX_READINGS; i++)
        if (monotonic(NULL) >= from + ns)
            return true;
    return false;
}

static lc_status stands_still(lc_error *err) {
    lc_error_set(
        err, LC_ERUNTIME,
        "the clock stands still: %ld readings of CLOCK_MONOTONIC are hardly apart; nothing "
        "can be timed",
        MAX_READINGS);
    return LC_ERUNTIME;
}

static void use_monotonic(lc__clock *clock, const char *why) {
    *clock = (lc__clock){.ticks = monotonic, .ns_per_tick = 1};
    snprintf(clock->about, sizeof clock->about, "clock_gettime (%s)", why);
}

#if defined(__x86_64__)
#define CYCLE_COUNTER "tsc"

/* The fences keep the work that is timed from straddling the reading. */
static uint64_t cycles(void *ctx) {
    (void)ctx;
    _mm_lfence();
    uint64_t t = __rdtsc();
    _mm_lfence();
    return t;
}

/* NULL when the counter can be trusted, else why not. */
static const char *counter_doubt(const char *root) {
    char flags[8192], source[64];
    if (!lc__tree_cpuinfo(root, "flags", flags, sizeof flags))
        return "/proc/cpuinfo lists no CPU flags";
    if (!lc__has_word(flags, "constant_tsc") || !lc__has_word(flags, "nonstop_tsc"))
        return "the cycle counter is not constant_tsc and nonstop_tsc";
    if (lc__tree_read(root, CLOCKSOURCE, source, sizeof source) && strcmp(source, "tsc") != 0 &&
        strcmp(source, "kvm-clock") != 0)
        return "the kernel does not trust the cycle counter";
    return NULL;
}

/* The calibration is all there is to go by. */
static double frequency(double calibrated) {
    return calibrated;
}
#elif defined(__aarch64__)
#define CYCLE_COUNTER "cntvct"

/* The architecture's timer: one rate for all cores, whatever their frequency; the kernel lets
 * programs read it. The barriers keep the work that is timed from straddling the reading. */
static uint64_t cycles(void *ctx) {
    (void)ctx;
    uint64_t t;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(t)::"memory");
    return t;
}

static const char *counter_doubt(const char *root) {
    char source[64];
    if (lc__tree_read(root, CLOCKSOURCE, source, sizeof source) &&
        strcmp(source, "arch_sys_counter") != 0)
        return "the kernel does not keep time by the architecture's counter";
    return NULL;
}

/* Hz by the register in which the firmware states it, which is exact; by calibration where the
 * firmware is off by more than clock discipline can explain. */
static double frequency(double calibrated) {
    uint64_t stated;
    __asm__("mrs %0, cntfrq_el0" : "=r"(stated));
    return fabs((double)stated / calibrated - 1) < MAX_DISCIPLINE ? (double)stated : calibrated;
}
#endif

#if defined(CYCLE_COUNTER)
/* One moment seen by both clocks: of several tries the one whose two counter readings lie closest
 * together, since an interrupt in between would part them. */
static void anchor(uint64_t *counter, uint64_t *ns) {
    uint64_t narrowest = UINT64_MAX;
    for (int i = 0; i < 20; i++) {
        uint64_t before = cycles(NULL), now = monotonic(NULL), after = cycles(NULL);
        if (after - before < narrowest) {
            narrowest = after - before;
            *counter = before + (after - before) / 2;
            *ns = now;
        }
    }
}

/* *median ns per tick of WINDOWS windows, and how far they disagree; false where the clock stands
 * still. */
static bool calibrate(double *median, double *spread) {
    double slope[WINDOWS];
    for (int w = 0; w < WINDOWS; w++) {
        uint64_t c0 = 0, c1 = 0, t0 = 0, t1 = 0;
        anchor(&c0, &t0);
        if (!wait_for(WINDOW_NS))
            return false;
        anchor(&c1, &t1);
        slope[w] = c1 > c0 ? (double)(t1 - t0) / (double)(c1 - c0) : 0;
    }
    lc__sort(slope, WINDOWS);
    *median = slope[WINDOWS / 2];
    *spread = *median > 0 ? (slope[WINDOWS - 1] - slope[0]) / *median : 1;
    return true;
}

lc_status lc__clock_init(lc__clock *clock, const char *root, lc_error *err) {
    const char *doubt = counter_doubt(root);
    double spread = 0, ns_per_tick = 0;
    if (doubt ? !wait_for(1) : !calibrate(&ns_per_tick, &spread))
        return stands_still(err);
    if (!doubt && (ns_per_tick <= 0 || spread > MAX_SPREAD))
        doubt = "calibrations of the cycle counter disagree";
    if (doubt) {
        use_monotonic(clock, doubt);
        return LC_OK;
    }
    double hz = frequency(1e9 / ns_per_tick);
    *clock = (lc__clock){.ticks = cycles, .ns_per_tick = 1e9 / hz, .cycle_counter = true};
    snprintf(clock->about, sizeof clock->about, CYCLE_COUNTER " (%.1f MHz)", hz / 1e6);
    return LC_OK;
}
#else
lc_status lc__clock_init(lc__clock *clock, const char *root, lc_error *err) {
    (void)root;
    if (!wait_for(1))
        return stands_still(err);
    use_monotonic(clock, "no cycle counter is used on this architecture");
    return LC_OK;
}
#endif
