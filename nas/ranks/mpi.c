/* Ranks by MPI: meeting, waiting. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/memory.h"
#include "base/now.h"
#include "launch.h"
#include "process.h"

/* Seconds from mpirun's SIGTERM to its SIGKILL, if nothing sets OpenMPI's parameter. */
#define KILL_AFTER 1.

/* Bytes that one message may have. */
#define MESSAGE ((size_t)1 << 26)

/* Looks in a second that are often. */
#define LOOKS 8000

void lc__process_rest(double waited) {
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
                 "a rank is gone (%.200s); the same command goes on from the last checkpoint", why);
    return LC_EUNREACHABLE;
}

bool lc__patience_over(lc__patience *patience, double now, double seconds) {
    if (patience->looks++ == 0)
        patience->since = now;
    double waited = now - patience->since;
    return waited > 1.5 * seconds || (waited > seconds && patience->looks > LOOKS * seconds);
}

/* Whether a signal has come that may be mpirun's, since a rank died. */
static bool told(const lc__process *p) {
    return !p->seen.stopping && p->stop && *p->stop;
}

lc_status lc__process_wait(lc__process *p, MPI_Request *request, lc_error *err) {
    double begin = lc__now(), now = begin;
    lc__patience patience = {0};
    while (!told(p) || !lc__patience_over(&patience, now, p->grace)) {
        int done = 0;
        lc_status st = lc__process_check(p, MPI_Test(request, &done, MPI_STATUS_IGNORE), err);
        if (st != LC_OK || done)
            return st;
        lc__process_rest(now - begin);
        now = lc__now();
    }
    p->lost = true;
    lc_error_set(
        err, LC_EUNREACHABLE,
        "rank %d of %d was told to stop, and others did not end their step: one has died, or "
        "steps take longer than mpirun waits before it kills (--mca odls_base_sigkill_timeout S); "
        "the same command goes on from the last checkpoint",
        p->seen.rank, p->seen.ranks);
    return LC_EUNREACHABLE;
}

void lc__process_free(lc__process *p) {
    if (!p)
        return;
    free(p->words);
    free(p->requests);
    free(p->parts);
    free(p->count);
    free(p);
}

/* ---- meeting ---- */

/* Memory for sums. */
static lc_status reserve(lc__process *p, lc_error *err) {
    size_t ranks = (size_t)p->seen.ranks, whole = LC__SUM_WHOLE * ranks,
           shares = LC__SUM_CHUNK + ranks; /* shares differ by one */
    p->parts = malloc((whole > shares ? whole : shares) * sizeof(double));
    p->count = malloc(4 * ranks * sizeof *p->count);
    p->words = malloc(ranks * sizeof *p->words);
    p->requests = malloc(2 * ranks * sizeof(MPI_Request));
    if (!p->parts || !p->count || !p->words || !p->requests)
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

static lc_status count_here(lc__process *p, lc_error *err) {
    MPI_Comm here;
    lc_status st = lc__process_check(
        p, MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here), err);
    if (st != LC_OK)
        return st;
    MPI_Comm_size(here, &p->seen.here);
    MPI_Comm_free(&here);
    return LC_OK;
}

/* The part of the time that mpirun leaves for others to end their step; the rest is for saving. */
static double grace(void) {
    const char *text = getenv("OMPI_MCA_odls_base_sigkill_timeout");
    double seconds = text ? strtod(text, NULL) : KILL_AFTER;
    return 0.4 * (seconds > KILL_AFTER ? seconds : KILL_AFTER);
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
        st = count_here(p, err);
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
    p->seen.ranks = p->seen.here = 1;
    p->stop = stop;
    p->grace = grace();
    p->reducer = (lc__reducer){p, lc__process_sum_f32, lc__process_sum_f64};
    lc_status st = started == 1 ? LC_OK : meet(p, started, err);
    if (st != LC_OK) {
        lc__process_free(p);
        return st;
    }
    if (started != 1)
        p->seen.reducer = &p->reducer;
    *out = &p->seen;
    return LC_OK;
}

lc_status lc__ranks_copy(lc__ranks *ranks, void *bytes, size_t n, lc_error *err) {
    lc__process *p = (lc__process *)ranks;
    char *at = bytes;
    lc_status st = LC_OK;
    while (ranks->reducer && n > 0 && st == LC_OK) {
        MPI_Request request;
        size_t some = n < MESSAGE ? n : MESSAGE;
        st = lc__process_check(p, MPI_Ibcast(at, (int)some, MPI_BYTE, 0, p->sums, &request), err);
        if (st == LC_OK)
            st = lc__process_wait(p, &request, err);
        at += some;
        n -= some;
    }
    return st;
}
