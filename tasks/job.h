/* A task that is being evaluated: private to harness.c and collect.c. */
#ifndef TASKS_JOB_H
#define TASKS_JOB_H

#include "base/text.h"
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

/* Appends a line to *notes for each thing that only degrades the figures: no sources, devices that
 * the suite says are missing, nets that go unused, methods that lack what they need, fewer than 3
 * samples. */
lc_status lc__take_notes(const lc__eval_options *options, const lc__job *jobs, size_t n,
                         lc__buf *notes, lc_error *err);

/* Sums the finished trials of jobs[n] up. */
lc_status lc__collect(const lc__eval_options *options, const lc__job *jobs, size_t n, lc__eval *out,
                      lc_error *err);

#endif
