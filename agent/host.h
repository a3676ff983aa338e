/* What the process asks of the machine it measures: CPUs to run on, a name for the run. */
#ifndef AGENT_HOST_H
#define AGENT_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include "latcast/status.h"

#define LC__MAX_CPUS 1024

typedef struct lc__cpus {
    int cpu[LC__MAX_CPUS]; /* [n], ascending */
    int n;                 /* 0: not pinned */
} lc__cpus;

/* Chooses `count` of the CPUs `allowed`, by what the kernel tells of them below `root`: of the
 * fastest kind (capacity, else highest frequency; all count as one where it tells neither), one of
 * each core before hyperthread siblings of those chosen, and the last ones, as the first serves
 * most interrupts. `cluster` is "fast" or NULL, "slow" or "middle": which kind of core to begin
 * with on a board with several; slower ones follow where it has too few. LC_EUSAGE for another
 * `cluster`; LC_EUNSUPPORTED for "slow" and "middle" where all cores are alike or there is no kind
 * between the two. `count` must not exceed allowed->n. */
lc_status lc__choose_cpus(const char *root, const lc__cpus *allowed, const char *cluster, int count,
                          lc__cpus *out, lc_error *err);

/* Pins this thread, and the threads it will start, to CPUs: `threads` of those allowed, chosen as
 * above, when `how` is NULL; none when it is "none"; else the list "0-3,5". LC_EUSAGE when the list
 * is none, LC_EUNSUPPORTED when a CPU is not allowed or fewer are allowed than there are threads.
 */
lc_status lc__pin(const char *root, const char *how, const char *cluster, int threads,
                  lc__cpus *out, lc_error *err);

/* Whether this thread is still pinned to them: the kernel lifts the pinning of a thread when the
 * last of its CPUs goes away. */
bool lc__pin_holds(const lc__cpus *cpus);

/* Pins all threads of the process to `cpus` again; to others, which are then in `cpus`, where the
 * kernel no longer has them. text[size] says what became of it. */
void lc__repin(const char *root, lc__cpus *cpus, int threads, char *text, size_t size);

/* "2,3" in buf[size]. */
const char *lc__cpus_text(const lc__cpus *cpus, char *buf, size_t size);

/* 12 random hexadecimal digits, buf[13]. */
void lc__run_id(char *buf);

#endif
