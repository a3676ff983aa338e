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
    int here;                   /* how many of them are on this machine */
    const lc__reducer *reducer; /* NULL: one rank. Valid until lc__ranks_close() */
    bool stopping;              /* all know that they stop: lc__ranks_stop() */
    bool heard;                 /* the error is another rank's: lc__ranks_join() */
} lc__ranks;

/* Meets the other ranks. Without mpirun, or with one rank, no MPI is set up. `stop` (NULL: none)
 * is set by a signal's handler: a rank that waits for others then does so for about half a second
 * more, for those that still run to end their step, and gives up with LC_EUNREACHABLE: mpirun sends
 * SIGTERM to all when a rank has died, and a second later SIGKILL. Where it is told to leave more
 * time (its parameter odls_base_sigkill_timeout), the same part of that.
 *
 * LC_EUNSUPPORTED: mpirun started several processes, and this program was built without MPI, or
 * with another one. MPI that cannot be set up at all ends the process with a message of its own. On
 * an error end the process: mpirun then ends the others. */
lc_status lc__ranks_open(const volatile sig_atomic_t *stop, lc__ranks **out, lc_error *err);

/* Tells the others how this rank ends, and waits for them: with LC_OK until all have come so far,
 * with an error for two seconds, in case all have met it. True on the rank that is to say the error
 * if it has one: the first of those that have it from themselves. */
bool lc__ranks_end(lc__ranks *ranks, lc_status end);

/* Leaves the others, after lc__ranks_end(), which it calls if need be. An error has been said by
 * now. If not all came, they wait for this rank elsewhere: it ends them and this process, by
 * MPI_Abort with the exit code of `end`. NULL is allowed. */
void lc__ranks_close(lc__ranks *ranks, lc_status end);

/* ---- all ranks call these together ---- */

/* *wish becomes true on all ranks if it is on any. */
lc_status lc__ranks_any(const lc__ranks *ranks, bool *wish, lc_error *err);

/* The same for the wish to stop: all do so after the same step. From then on a signal is known
 * to be no rank's death, and waiting for others has no end. */
lc_status lc__ranks_stop(lc__ranks *ranks, bool *stop, lc_error *err);

/* How this rank fared in what each does by itself: an error of any becomes one of all, so that none
 * waits for a rank that fails. Returns `own` unless that is LC_OK. */
lc_status lc__ranks_join(lc__ranks *ranks, lc_status own, lc_error *err);

/* LC_EFORMAT, on all ranks, unless all give the same digest; the message names `what` ("the
 * checkpoint") and the first rank that differs from rank 0. */
lc_status lc__ranks_agree(const lc__ranks *ranks, const char *what, uint64_t digest, lc_error *err);

/* Rank 0's bytes go to all. */
lc_status lc__ranks_copy(lc__ranks *ranks, void *bytes, size_t n, lc_error *err);

/* A file of rank 0, as each rank can read it whatever file systems it sees: the others get a copy
 * in memory. */
typedef struct lc__ranks_file {
    bool found;       /* there is such a file */
    const char *path; /* to read it by */
    char copy[40];
    int fd; /* of the copy; -1: none */
} lc__ranks_file;

/* LC_EIO or LC_ENOMEM on all ranks where one fails. Close it in any case; `path` must outlive it.
 */
lc_status lc__ranks_file_open(lc__ranks *ranks, const char *path, lc__ranks_file *out,
                              lc_error *err);
void lc__ranks_file_close(lc__ranks_file *file);

#endif
