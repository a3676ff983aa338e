/* Ranks by MPI: meeting, waiting, leaving. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/now.h"
#include "launch.h"
#include "process.h"

/* Seconds. */
#define GRACE 0.5   /* after a signal, for others to end their step: mpirun kills after one */
#define FAREWELL 2. /* after an error, for others to meet it, too */

/* Times to look, within either: on a busy machine others get the CPU as seldom as this rank. */
enum { LOOKS = 4000 };

/* Whoever waits lets others have the CPU: they may be what it waits for. */
static void rest(double waited) {
    if (waited > 5e-3)
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    else if (waited > 50e-6)
        sched_yield();
}

lc_status lc__process_check(lc__process *p, int code, lc_error *err) {
    if (code == MPI_SUCCESS)
        return LC_OK;
    char why[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, why, &length);
    p->lost = true;
    lc_error_set(err, LC_EUNREACHABLE,
                 "a rank is gone (%.200s); started again they go on from the last checkpoint", why);
    return LC_EUNREACHABLE;
}

/* An end of waiting that has begun to count, or not yet. */
typedef struct limit {
    double since; /* 0: not yet */
    int looks;
} limit;

static bool over(limit *l, double now, double seconds) {
    if (l->looks++ == 0)
        l->since = now;
    return now - l->since > seconds && l->looks > LOOKS;
}

lc_status lc__process_wait(lc__process *p, MPI_Request *request, lc_error *err) {
    double begin = lc__now(), now = begin;
    limit grace = {0};
    while (!p->stop || !*p->stop || !over(&grace, now, GRACE)) {
        int done = 0;
        lc_status st = lc__process_check(p, MPI_Test(request, &done, MPI_STATUS_IGNORE), err);
        if (st != LC_OK || done)
            return st;
        rest(now - begin);
        now = lc__now();
    }
    p->lost = true;
    lc_error_set(
        err, LC_EUNREACHABLE,
        "rank %d of %d was told to stop, and the others did not come to end the step: one is "
        "gone, or all were told; started again they go on from the last checkpoint",
        p->seen.rank, p->seen.ranks);
    return LC_EUNREACHABLE;
}

/* ---- leaving ---- */

/* Waits until all ranks leave, with an error for FAREWELL seconds at most. */
static bool all_leave(lc__process *p, lc_status end) {
    MPI_Request request;
    double begin = lc__now(), now = begin;
    limit farewell = {0};
    int done = 0;
    if (MPI_Ibarrier(p->end, &request) != MPI_SUCCESS)
        return false;
    if (end == LC_OK)
        return lc__process_wait(p, &request, NULL) == LC_OK;
    while (!done && !over(&farewell, now, FAREWELL)) {
        if (MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
            return false;
        rest(now - begin);
        now = lc__now();
    }
    return done;
}

static void leave(lc__process *p, lc_status end) {
    if (!p->lost && all_leave(p, end)) {
        MPI_Comm_free(&p->sums);
        MPI_Comm_free(&p->end);
        MPI_Finalize();
        return;
    }
    fflush(NULL); /* MPI_Abort does not */
    MPI_Abort(MPI_COMM_WORLD, lc_status_exit_code(end == LC_OK ? LC_EUNREACHABLE : end));
}

static void free_process(lc__process *p) {
    if (!p)
        return;
    free(p->parts);
    free(p->count);
    free(p);
}

void lc__ranks_close(lc__ranks *ranks, lc_status end) {
    lc__process *p = (lc__process *)ranks;
    if (p && p->seen.reducer)
        leave(p, end);
    free_process(p);
}

/* ---- meeting ---- */

/* Memory for sums. */
static lc_status reserve(lc__process *p, lc_error *err) {
    size_t ranks = (size_t)p->seen.ranks, whole = LC__SUM_WHOLE * ranks,
           shares = LC__SUM_CHUNK + ranks; /* shares differ by one */
    p->parts = malloc((whole > shares ? whole : shares) * sizeof(double));
    p->count = malloc(4 * ranks * sizeof *p->count);
    if (!p->parts || !p->count)
        return lc__no_memory(err);
    p->begin = p->count + ranks;
    p->part_count = p->begin + ranks;
    p->part_begin = p->part_count + ranks;
    return LC_OK;
}

/* A launcher of another MPI starts processes that are each alone. */
static lc_status check_size(int size, int started, lc_error *err) {
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    if (started == 0 || size == started)
        return LC_OK;
    MPI_Get_library_version(version, &length);
    lc_error_set(
        err, LC_EUNSUPPORTED,
        "%d processes were started together, but MPI finds %d: start them with the mpirun of "
        "the MPI that this program was built with: %.60s",
        started, size, version);
    return LC_EUNSUPPORTED;
}

static lc_status meet(lc__process *p, int started, lc_error *err) {
    int level, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    lc_status st = lc__process_check(p, code, err);
    if (st != LC_OK)
        return st;
    /* The duplicates inherit the handler. */
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &p->seen.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &p->seen.ranks);
    st = check_size(p->seen.ranks, started, err);
    if (st == LC_OK)
        st = lc__process_check(p, MPI_Comm_dup(MPI_COMM_WORLD, &p->sums), err);
    if (st == LC_OK)
        st = lc__process_check(p, MPI_Comm_dup(MPI_COMM_WORLD, &p->end), err);
    if (st == LC_OK)
        st = reserve(p, err);
    /* Otherwise others may be on their way: mpirun ends them when this process ends with an error.
     */
    if (st != LC_OK && p->seen.ranks == 1)
        MPI_Finalize();
    return st;
}

lc_status lc__ranks_open(const volatile sig_atomic_t *stop, lc__ranks **out, lc_error *err) {
    int started = lc__launch_size();
    lc__process *p = calloc(1, sizeof *p);
    if (!p)
        return lc__no_memory(err);
    p->seen.ranks = 1;
    p->stop = stop;
    p->reducer = (lc__reducer){p, lc__process_sum_f32, lc__process_sum_f64};
    lc_status st = started == 1 ? LC_OK : meet(p, started, err);
    if (st != LC_OK) {
        free_process(p);
        return st;
    }
    if (started != 1)
        p->seen.reducer = &p->reducer;
    *out = &p->seen;
    return LC_OK;
}
