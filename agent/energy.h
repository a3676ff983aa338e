/* Energy and power of the board, from what the kernel shows of its meters:
 *
 * - powercap zones (RAPL): energy_uj, microjoules, wraps at max_energy_range_uj;
 *   Documentation/power/powercap/powercap.rst. Packages and their DRAM are summed.
 * - hwmon: energyN_input, microjoules; powerN_input or powerN_average, microwatts; inN_input times
 *   currN_input, millivolts and milliamperes (INA3221 of Jetson boards);
 *   Documentation/hwmon/sysfs-interface.rst, ina3221.rst.
 * - the INA3221 of older Jetson kernels: in_powerN_input, milliwatts, below
 *   /sys/bus/i2c/drivers/ina3221x.
 *
 * The first of these that is there and can be read is used. Of several rails of a meter, the one
 * that feeds the board (VDD_IN, POM_5V_IN) is, and else their sum. Energy counters are read before
 * and after a turn; power is read by a thread of its own, every 10 ms, off the CPUs measured on.
 */
#ifndef AGENT_ENERGY_H
#define AGENT_ENERGY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "host.h"
#include "latcast/status.h"

#define LC__METERS 16

/* One file, or two whose product is the power. */
typedef struct lc__energy_meter {
    char path[280], times[280]; /* times[0] '\0': one file */
    double unit;                /* microjoules, or milliwatts, per count (of the product) */
    double range_uj;            /* a counter starts again from 0 after this many, 0: it does not */
} lc__energy_meter;

/* What was drawn in a time. */
typedef struct lc__energy_sum {
    double uj, ns;
    double peak_mw; /* highest reading; of counters, highest mean over a turn */
    long readings;
} lc__energy_sum;

typedef struct lc__energy_mark {
    double at_ns, counter[LC__METERS], integral_uj;
    long readings;
} lc__energy_mark;

typedef struct lc__energy {
    const char *root;
    lc__energy_meter meter[LC__METERS];
    size_t n;         /* 0: nothing can be measured, `absent` says why */
    bool counts;      /* energy, not power */
    char source[200]; /* names of the meters, joined by " + " */
    char absent[200];
    double idle_mw; /* while nothing ran, NaN: not known */
    /* power: */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* of what follows */
    bool stop;
    double integral_uj, last_mw, last_ns, peak_mw;
    long readings;
} lc__energy;

/* Finds the meters below `root`. Never fails: what is not there is said in `absent`. */
void lc__energy_open(lc__energy *energy, const char *root);

/* Begins to read power, off `cpus` where there are others, and learns what is drawn while nothing
 * runs, for idle_s seconds. Nothing happens where there is no meter. LC_ERUNTIME when no thread can
 * be started. */
lc_status lc__energy_start(lc__energy *energy, const lc__cpus *cpus, double idle_s, lc_error *err);
void lc__energy_close(lc__energy *energy);

/* What is drawn from _begin to _end; *sum is added to, but for peak_mw, which is the highest.
 * False: a meter could not be read, or went backwards, and nothing was added. */
void lc__energy_begin(lc__energy *energy, lc__energy_mark *mark);
bool lc__energy_end(lc__energy *energy, const lc__energy_mark *mark, lc__energy_sum *sum);

#endif
