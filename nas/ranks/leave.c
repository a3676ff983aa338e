/* Ranks by MPI: leaving. Messages between each two ranks, since a meeting of all would not come to
 * an end where one has died. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/now.h"
#include "process.h"

/* Seconds that others are waited for. */
#define FAREWELL 2.  /* after an error, for them to meet it, too */
#define LAST_WORD .1 /* after a rank has died, for those left: mpirun is about to kill them */

/* How a rank ends. The one to say what happened is the first of those with the highest word. */
enum { SILENT, FINE, HEARD, BEREFT, FAILED };

static int word_of(const lc__process *p, lc_status end) {
    if (end == LC_OK)
        return FINE;
    if (p->seen.heard)
        return HEARD;
    return p->lost || end == LC_EUNREACHABLE ? BEREFT : FAILED;
}

/* Begins to tell the own word to all others and to hear theirs; false: MPI refuses. */
static bool begin(lc__process *p, int own) {
    bool ok = true;
    p->words[p->seen.rank] = own;
    for (int r = 0; r < p->seen.ranks; r++) {
        MPI_Request *request = p->requests + 2 * (size_t)r;
        request[0] = request[1] = MPI_REQUEST_NULL;
        if (r == p->seen.rank)
            continue;
        p->words[r] = SILENT;
        ok &= MPI_Irecv(p->words + r, 1, MPI_INT, r, 0, p->end, request) == MPI_SUCCESS;
        ok &= MPI_Isend(p->words + p->seen.rank, 1, MPI_INT, r, 0, p->end, request + 1) ==
              MPI_SUCCESS;
    }
    return ok;
}

/* Waits until all words have come, for `seconds`; with INFINITY until a signal says that a rank has
 * died. */
static bool all_come(lc__process *p, double seconds) {
    double begun = lc__now(), now = begun;
    lc__patience patience = {0};
    int done = 0;
    for (;;) {
        if (MPI_Testall(2 * p->seen.ranks, p->requests, &done, MPI_STATUSES_IGNORE) != MPI_SUCCESS)
            return false;
        if (done)
            return true;
        bool told = !p->seen.stopping && p->stop && *p->stop;
        double limit = isfinite(seconds) || !told ? seconds : p->grace;
        if (isfinite(limit) && lc__patience_over(&patience, now, limit))
            return false;
        lc__process_rest(now - begun);
        now = lc__now();
    }
}

static double patience_of(int word) {
    if (word == FINE)
        return (double)INFINITY;
    return word == BEREFT ? LAST_WORD : FAREWELL;
}

bool lc__ranks_end(lc__ranks *ranks, lc_status end) {
    lc__process *p = (lc__process *)ranks;
    if (!ranks->reducer)
        return true;
    int own = word_of(p, end);
    p->ended = true;
    p->all = begin(p, own) && all_come(p, patience_of(own)) && !p->lost;
    p->says = own != HEARD;
    for (int r = 0; r < ranks->ranks; r++)
        if (p->words[r] > own || (p->words[r] == own && r < ranks->rank))
            p->says = false;
    return p->says;
}

static void leave(lc__process *p, lc_status end) {
    if (!p->ended)
        lc__ranks_end(&p->seen, end);
    /* Not before the error has been said: with the first process that fails mpirun ends all. */
    if (p->all && MPI_Ibarrier(p->end, p->requests) == MPI_SUCCESS && all_come(p, FAREWELL)) {
        MPI_Comm_free(&p->sums);
        MPI_Comm_free(&p->end);
        MPI_Finalize();
        return;
    }
    fflush(NULL); /* MPI_Abort does not */
    if (!p->says) /* time for the one that does */
        nanosleep(&(struct timespec){.tv_nsec = (long)(LAST_WORD * 1e9)}, NULL);
    MPI_Abort(MPI_COMM_WORLD, lc_status_exit_code(end == LC_OK ? LC_EUNREACHABLE : end));
}

void lc__ranks_close(lc__ranks *ranks, lc_status end) {
    lc__process *p = (lc__process *)ranks;
    if (p && p->seen.reducer)
        leave(p, end);
    lc__process_free(p);
}
