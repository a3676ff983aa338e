/* Training one net by several processes, on one machine or many, that mpirun has started.
 *
 * Every rank runs the same program on its share of each batch and sums with the others what belongs
 * to all of it (train/reducer.h), so all hold the same weights. Rank 0 alone talks and writes
 * files. */
#ifndef RANKS_RANKS_H
#define RANKS_RANKS_H

#include <signal.h>
#include <stdint.h>
#include "train/reducer.h"

typedef struct lc__ranks {
    int rank, ranks;            /* this one, 0 .. ranks-1, of so many; 0 and 1 without mpirun */
    const lc__reducer *reducer; /* NULL: one rank. Valid until lc__ranks_close() */
} lc__ranks;

/* Meets the other ranks. Without mpirun, or with one rank, no MPI is set up. `stop` (NULL: none)
 * is set by a signal's handler: a rank that waits for others then does so for half a second more,
 * for those that still run to end their step, and gives up with LC_EUNREACHABLE:
 * mpirun sends SIGTERM to all when a rank has died.
 *
 * LC_EUNSUPPORTED: mpirun started several processes, and this program was built without MPI, or
 * with another one. MPI that cannot be set up at all ends the process with a message of its own. On
 * an error end the process: mpirun then ends the others. */
lc_status lc__ranks_open(const volatile sig_atomic_t *stop, lc__ranks **out, lc_error *err);

/* Leaves the others. With LC_OK it waits until all have come so far. With an error, which must have
 * been said by then, it waits two seconds, in case all have met it; if not all come, the others
 * wait for this rank elsewhere: it ends them and this process, by MPI_Abort with the exit code of
 * `end`. NULL is allowed. */
void lc__ranks_close(lc__ranks *ranks, lc_status end);

/* *wish becomes true on all ranks if it is on any: to stop after the same step. */
lc_status lc__ranks_any(const lc__ranks *ranks, bool *wish, lc_error *err);

/* LC_EFORMAT, on all ranks, unless all give the same digest; the message names `what` ("the
 * checkpoint") and the first rank that differs from rank 0. */
lc_status lc__ranks_agree(const lc__ranks *ranks, const char *what, uint64_t digest, lc_error *err);

#endif
