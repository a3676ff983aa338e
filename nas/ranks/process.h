/* A rank by MPI, inside. */
#ifndef RANKS_PROCESS_H
#define RANKS_PROCESS_H

#include <mpi.h>
#include "ranks.h"

enum {
    LC__SUM_WHOLE = 2048,   /* values up to which each rank sums all by itself */
    LC__SUM_CHUNK = 1 << 20 /* values at a time: bounds the memory for those of others */
};

typedef struct lc__process {
    lc__ranks seen; /* first: what the caller has */
    lc__reducer reducer;
    MPI_Comm sums, end; /* two, so that leaving is not taken for a part of a sum */
    const volatile sig_atomic_t *stop;
    double grace; /* seconds that waiting goes on after a signal */
    bool lost;    /* a sum was given up: only MPI_Abort is left */
    bool ended;   /* lc__ranks_end() has been called ... */
    bool all;     /* ... and all ranks came */
    bool says;    /* ... and what it gave */
    /* For sums: values of all ranks, one's after the other's; how many of a chunk are each rank's
     * and where they begin; the same for what all send to this rank. [ranks] each */
    void *parts;
    int *count, *begin, *part_count, *part_begin;
    /* For leaving: how each rank ends, and messages to and from each. */
    int *words;            /* [ranks] */
    MPI_Request *requests; /* [2 ranks] */
} lc__process;

/* An end of waiting that has begun to count, or not yet. */
typedef struct lc__patience {
    double since;
    int looks; /* 0: not yet */
} lc__patience;

/* To be asked each time that a rank looks whether others have come: whether it has waited for
 * `seconds` and looked often, as on a machine that has other work they get the CPU as seldom as
 * this rank; or half as long again. */
bool lc__patience_over(lc__patience *patience, double now, double seconds);

/* Whoever waits lets others have the CPU: they may be what it waits for. */
void lc__process_rest(double waited);

/* Waits until `request` is done. LC_EUNREACHABLE: a rank is gone. */
lc_status lc__process_wait(lc__process *process, MPI_Request *request, lc_error *err);

/* LC_OK for MPI_SUCCESS, else LC_EUNREACHABLE. */
lc_status lc__process_check(lc__process *process, int code, lc_error *err);

/* Frees the memory. */
void lc__process_free(lc__process *process);

/* The sums of a reducer; context is an lc__process. */
lc_status lc__process_sum_f32(void *context, float *x, size_t n, lc_error *err);
lc_status lc__process_sum_f64(void *context, double *x, size_t n, lc_error *err);

#endif
