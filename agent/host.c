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

/* The `count` highest CPUs of a set. */
static void keep_last(cpu_set_t *set, int count) {
    for (size_t c = LC__MAX_CPUS; c-- > 0;) {
        if (CPU_ISSET(c, set) && count-- <= 0)
            CPU_CLR(c, set);
    }
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

lc_status lc__pin(const char *how, int threads, lc__cpus *out, lc_error *err) {
    cpu_set_t allowed, wanted;
    out->n = 0;
    lc_status s = allowed_cpus(&allowed, err);
    if (!s && CPU_COUNT(&allowed) < threads)
        s = lc_error_set(err, LC_EUNSUPPORTED,
                         "%d threads were asked for, but only %d CPUs may be used", threads,
                         CPU_COUNT(&allowed));
    if (s || (how && !strcmp(how, "none")))
        return s;
    wanted = allowed;
    if (how)
        s = parse_list(how, &wanted, err);
    else
        keep_last(&wanted, threads);
    if (!s)
        s = check_allowed(&wanted, &allowed, err);
    if (!s && CPU_COUNT(&wanted) < threads)
        s = lc_error_set(err, LC_EUNSUPPORTED, "%d threads cannot be pinned to %d CPUs", threads,
                         CPU_COUNT(&wanted));
    if (!s && sched_setaffinity(0, sizeof wanted, &wanted))
        s = lc_error_set(err, LC_ERUNTIME, "cannot pin to CPUs: %s", strerror(errno));
    for (size_t c = 0; !s && c < LC__MAX_CPUS; c++)
        if (CPU_ISSET(c, &wanted))
            out->cpu[out->n++] = (int)c;
    return s;
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
