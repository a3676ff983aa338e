/* What the process asks of the machine it measures: CPUs to run on, a name for the run. */
#ifndef AGENT_HOST_H
#define AGENT_HOST_H

#include <stddef.h>
#include "latcast/status.h"

#define LC__MAX_CPUS 1024

typedef struct lc__cpus {
    int cpu[LC__MAX_CPUS]; /* [n], ascending */
    int n;                 /* 0: not pinned */
} lc__cpus;

/* Pins this thread, and the threads it will start, to CPUs: the last `threads` of those allowed
 * when `how` is NULL (the first one serves most interrupts), none when it is "none", else the list
 * "0-3,5". LC_EUSAGE when the list is none, LC_EUNSUPPORTED when a CPU is not allowed or fewer are
 * allowed than there are threads. */
lc_status lc__pin(const char *how, int threads, lc__cpus *out, lc_error *err);

/* 12 random hexadecimal digits, buf[13]. */
void lc__run_id(char *buf);

#endif
