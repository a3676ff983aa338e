#include "host.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "tree.h"

static lc_status allowed_cpus(cpu_set_t *set, lc_error *err) {
    if (sched_getaffinity(0, sizeof *set, set))
        return lc_error_set(err, LC_ERUNTIME, "cannot learn which CPUs may be used: %s",
                            strerror(errno));
    return LC_OK;
}

static lc_status bad_list(const char *how, lc_error *err) {
    return lc_error_set(err, LC_EUSAGE,
                        "--pin takes \"none\" or a list of CPUs such as 2,3 or 0-3, not \"%.60s\"",
                        how);
}

/* "0-3,5" */
static lc_status parse_list(const char *how, cpu_set_t *set, lc_error *err) {
    CPU_ZERO(set);
    for (const char *p = how;; p++) {
        char *end;
        long first = strtol(p, &end, 10), last = first;
        if (end == p || first < 0 || first >= LC__MAX_CPUS)
            return bad_list(how, err);
        if (*end == '-') {
            p = end + 1;
            last = strtol(p, &end, 10);
            if (end == p || last < first || last >= LC__MAX_CPUS)
                return bad_list(how, err);
        }
        for (long c = first; c <= last; c++)
            CPU_SET((size_t)c, set);
        p = end;
        if (!*p)
            return LC_OK;
        if (*p != ',')
            return bad_list(how, err);
    }
}

static void list_cpus(const cpu_set_t *set, lc__cpus *out) {
    out->n = 0;
    for (size_t c = 0; c < LC__MAX_CPUS; c++)
        if (CPU_ISSET(c, set))
            out->cpu[out->n++] = (int)c;
}

static void set_of(const lc__cpus *cpus, cpu_set_t *set) {
    CPU_ZERO(set);
    for (int i = 0; i < cpus->n; i++)
        CPU_SET((size_t)cpus->cpu[i], set);
}

static lc_status check_allowed(const cpu_set_t *wanted, const cpu_set_t *allowed, lc_error *err) {
    for (size_t c = 0; c < LC__MAX_CPUS; c++)
        if (CPU_ISSET(c, wanted) && !CPU_ISSET(c, allowed))
            return lc_error_set(err, LC_EUNSUPPORTED,
                                "CPU %zu is not there or may not be used by this process; see "
                                "Cpus_allowed_list in /proc/self/status",
                                c);
    return LC_OK;
}

/* The CPUs wanted: those of the list `how`, else the best of those allowed. */
static lc_status choose(const char *root, const char *how, const char *cluster, int threads,
                        const cpu_set_t *allowed, cpu_set_t *wanted, lc_error *err) {
    lc__cpus from, chosen;
    list_cpus(allowed, &from);
    lc_status s = how ? parse_list(how, wanted, err)
                      : lc__choose_cpus(root, &from, cluster, threads, &chosen, err);
    if (!s && !how)
        set_of(&chosen, wanted);
    if (!s)
        s = check_allowed(wanted, allowed, err);
    if (!s && CPU_COUNT(wanted) < threads)
        s = lc_error_set(err, LC_EUNSUPPORTED, "%d threads cannot be pinned to %d CPUs", threads,
                         CPU_COUNT(wanted));
    return s;
}

lc_status lc__pin(const char *root, const char *how, const char *cluster, int threads,
                  lc__cpus *out, lc_error *err) {
    cpu_set_t allowed, wanted;
    out->n = 0;
    lc_status s = allowed_cpus(&allowed, err);
    if (!s && CPU_COUNT(&allowed) < threads)
        s = lc_error_set(err, LC_EUNSUPPORTED,
                         "%d threads were asked for, but only %d CPUs may be used", threads,
                         CPU_COUNT(&allowed));
    if (s || (how && !strcmp(how, "none")))
        return s;
    s = choose(root, how, cluster, threads, &allowed, &wanted, err);
    if (!s && sched_setaffinity(0, sizeof wanted, &wanted))
        s = lc_error_set(err, LC_ERUNTIME, "cannot pin to CPUs: %s", strerror(errno));
    if (!s)
        list_cpus(&wanted, out);
    return s;
}

bool lc__pin_holds(const lc__cpus *cpus) {
    cpu_set_t now, wanted;
    set_of(cpus, &wanted);
    return sched_getaffinity(0, sizeof now, &now) != 0 || CPU_EQUAL(&now, &wanted);
}

static void pin_task(void *ctx, const char *tid) {
    sched_setaffinity((pid_t)strtol(tid, NULL, 10), sizeof(cpu_set_t), ctx);
}

/* The kernel takes a set of which one CPU is there; told by asking again. */
static bool pin_all(const lc__cpus *cpus) {
    cpu_set_t wanted;
    set_of(cpus, &wanted);
    if (sched_setaffinity(0, sizeof wanted, &wanted))
        return false;
    lc__tree_each("", "/proc/self/task", "", pin_task, &wanted);
    return lc__pin_holds(cpus);
}

void lc__repin(const char *root, lc__cpus *cpus, int threads, char *text, size_t size) {
    cpu_set_t allowed;
    lc__cpus before = *cpus, from;
    char old[64], now[64];
    lc__cpus_text(&before, old, sizeof old);
    if (pin_all(cpus)) {
        snprintf(text, size, "the pinning to CPU %s was lifted; pinned again", old);
        return;
    }
    if (!allowed_cpus(&allowed, NULL)) {
        list_cpus(&allowed, &from);
        if (from.n >= threads && !lc__choose_cpus(root, &from, NULL, threads, cpus, NULL) &&
            pin_all(cpus)) {
            snprintf(text, size, "CPU %s is not there any more; pinned to %s instead", old,
                     lc__cpus_text(cpus, now, sizeof now));
            return;
        }
    }
    *cpus = before;
    snprintf(text, size, "CPU %s is not there any more, and there is no other to pin to", old);
}

const char *lc__cpus_text(const lc__cpus *cpus, char *buf, size_t size) {
    size_t at = 0;
    buf[0] = '\0';
    for (int i = 0; i < cpus->n && at + 12 < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%d", i ? "," : "", cpus->cpu[i]);
    return buf;
}

void lc__run_id(char *buf) {
    uint64_t bits;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits) {
        /* early in a board's boot there is no entropy yet */
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        bits = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec + ((uint64_t)getpid() << 40);
        bits = lc__rng_u64(&bits);
    }
    snprintf(buf, 13, "%012" PRIx64, bits & UINT64_C(0xffffffffffff));
}
