/* The state of the machine at one moment, recorded before and after a run and with each sample. */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include <cjson/cJSON.h>

#include "host.h"

/* NaN: not known. */
typedef struct lc__state {
    double freq_khz; /* lowest current frequency of the CPUs pinned to, of all when not pinned */
    double temp_mc;  /* hottest thermal zone, thousandths of a degree */
    double load1;    /* load average of a minute */
    double runnable; /* tasks that run or could, this one included */
    double pressure; /* /proc/pressure/cpu: percent of the last 10 s in which a task waited */
    double busy_ns;  /* CPU time of those CPUs since boot, */
    double own_ns;   /* and of this process since its start */
    double at_ns;    /* CLOCK_MONOTONIC */
} lc__state;

/* Frequency and temperature only: cheap enough for every sample. */
void lc__state_read_clocks(const char *root, const lc__cpus *cpus, lc__state *out);

void lc__state_read(const char *root, const lc__cpus *cpus, lc__state *out);

/* A new object, with null and a reason for what is not known. With `since`, an earlier state, also
 * "others_cpu": the part of the CPUs' time since then that others used. NULL when out of memory. */
cJSON *lc__state_json(const lc__state *state, const lc__cpus *cpus, const lc__state *since);

#endif
