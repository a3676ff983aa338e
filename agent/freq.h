/* Holding the CPU at chosen frequencies (DVFS points), and giving back what was set before on any
 * exit: by Documentation/admin-guide/pm/cpufreq.rst.
 */
#ifndef AGENT_FREQ_H
#define AGENT_FREQ_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "host.h"
#include "latcast/status.h"

#define LC__FREQ_POINTS 64
#define LC__FREQ_POLICIES 64

typedef struct lc__freq_policy {
    char dir[96]; /* below the root: ".../cpu4/cpufreq" */
    char governor[32];
    double min_khz, max_khz; /* scaling limits as found */
    double least_khz;        /* of the hardware */
    double speed_khz;        /* that was set by hand, 0: another governor chooses */
    bool userspace;          /* that governor can be had */
} lc__freq_policy;

typedef struct lc__freq {
    const char *root;
    lc__freq_policy policy[LC__FREQ_POLICIES];
    size_t n;
    pid_t guardian; /* 0: not held */
    int leash;      /* the guardian reads its other end */
} lc__freq;

/* The points that `list` names ("600000,1200000", or "all" that the kernel lists for the CPUs),
 * kHz, ascending: khz[LC__FREQ_POINTS], *n. LC_EUSAGE when it is no such list; LC_EUNSUPPORTED when
 * the CPUs have no cpufreq, do not list their frequencies, or cannot run at one that is named. */
lc_status lc__freq_points(const char *root, const lc__cpus *cpus, const char *list, double *khz,
                          size_t *n, lc_error *err);

/* Remembers what is set for `cpus`, sees to it that it can be changed, and starts a guardian: a
 * process that sets it again when this one ends without having called lc__freq_release(), even by
 * SIGKILL. `root` goes before /sys and must outlive *freq. LC_EIO when /sys cannot be written (it
 * takes root), LC_EUNSUPPORTED without cpufreq. */
lc_status lc__freq_hold(lc__freq *freq, const char *root, const lc__cpus *cpus, lc_error *err);

/* Runs the CPUs at `khz`. LC_EIO when it cannot be written, LC_EUNSUPPORTED when the kernel makes
 * something else of it. */
lc_status lc__freq_set(lc__freq *freq, double khz, lc_error *err);

/* Sets again what lc__freq_hold() found, and dismisses the guardian. LC_EIO when that fails. Does
 * nothing when nothing is held. */
lc_status lc__freq_release(lc__freq *freq, lc_error *err);

#endif
