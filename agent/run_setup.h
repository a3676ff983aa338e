/* Everything a run needs before the first net: CPUs, counters, clock, backend, and the header that
 * describes the device. */
#ifndef AGENT_RUN_SETUP_H
#define AGENT_RUN_SETUP_H

#include <cjson/cJSON.h>

#include "clock.h"
#include "host.h"
#include "latcast/backend.h"
#include "perf.h"
#include "plan_runner.h"

typedef struct run_setup {
    /* asked for */
    const char *device, *backend_name, *isa, *pin, *cluster; /* NULL: chosen here */
    const char *dtype_name;                                  /* NULL: f32 */
    double pace_ms;                                          /* 0: burst */
    double khz; /* that the CPUs are held at, 0: they are not */
    bool cold;
    int threads, batch; /* batch 0 = as the plan's nets have it */
    uint64_t weight_seed;
    /* found */
    const lc_backend *backend;
    lc_exec_config exec;
    lc_backend_info info;
    lc__clock clock;
    lc__perf perf;
    lc__cpus cpus;
    lc__watch watch;
    lc__energy energy; /* not started */
    lc__rest rest;
    char name[101]; /* of the device */
    char *header;   /* one line of JSON */
} run_setup;

/* Pins, opens the counters, calibrates the clock, opens the backend, takes the fingerprint. Release
 * with run_setup_clear(), also on failure. */
lc_status run_setup_make(run_setup *setup, lc_error *err);
void run_setup_clear(run_setup *setup);

/* Whether device.json can be written to `target`, where `path` leads, found before hours of
 * measuring: LC_EIO when it is a directory, or its directory is not there or cannot be written;
 * LC_EUSAGE when it is a device, a pipe or the like, beside which no spool can stand. Makes
 * nothing. */
lc_status run_setup_check_out(const char *path, const char *target, lc_error *err);

#endif
