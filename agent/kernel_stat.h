/* /proc/stat: what the CPUs did since the machine started. */
#ifndef AGENT_KERNEL_STAT_H
#define AGENT_KERNEL_STAT_H

#include "host.h"

/* NaN: not known. The kernel counts in ticks, of 10 ms as a rule. */
typedef struct lc__kernel_stat {
    double busy_ns, stolen_ns; /* of the given CPUs together */
    double runnable;           /* tasks of the whole machine, now */
} lc__kernel_stat;

/* Of `cpus`, of all when that is empty. */
void lc__kernel_stat_read(const char *root, const lc__cpus *cpus, lc__kernel_stat *out);

#endif
