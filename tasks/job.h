/* A task that is being evaluated: private to harness.c and collect.c. */
#ifndef TASKS_JOB_H
#define TASKS_JOB_H

#include "tasks/harness.h"

typedef struct lc__job {
    const lc__task *task;
    const lc__dataset *data;
    double *score;        /* [seeds][forecasters][targets][n_samples][LC__N_METRICS] */
    bool *done;           /* [seeds] */
    lc__scatter *scatter; /* [targets] of the first seed, or NULL */
} lc__job;

/* Doubles that one seed of a job fills. */
size_t lc__job_scores(const lc__eval_options *options, const lc__job *job);

/* Sums the finished trials of jobs[n] up. */
lc_status lc__collect(const lc__eval_options *options, const lc__job *jobs, size_t n, lc__eval *out,
                      lc_error *err);

#endif
