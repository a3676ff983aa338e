/* Evaluation of the predictor over a task suite. */
#ifndef TASKS_HARNESS_H
#define TASKS_HARNESS_H

#include <signal.h>
#include "tasks/trial.h"

#define LC__EVAL_MAX_SIZES 16

typedef struct lc__eval_options {
    const char *data_dir; /* folder that the tasks' tables are in; NULL: their names are paths */
    const char *const *tasks; /* [n_tasks] names; all tasks when n_tasks is 0 */
    size_t n_tasks;
    int samples[LC__EVAL_MAX_SIZES]; /* [n_samples] measured nets per target */
    size_t n_samples;
    uint64_t first_seed;
    size_t seeds;
    lc__method selection;
    const lc__forecaster *const *forecasters; /* [n_forecasters] */
    size_t n_forecasters;
    bool scatter;                      /* keep forecasts of the first seed, for plots */
    const volatile sig_atomic_t *stop; /* set: begin no further trial; may be NULL */
    int threads;
    /* Called after each trial (task x seed), from one thread at a time; may be NULL. */
    void (*progress)(void *user, size_t done, size_t total, const char *task);
    void *user;
} lc__eval_options;

/* A line of the results: a device of a task, or (device NULL) the mean over the task's devices. */
typedef struct lc__eval_row {
    const char *task, *device; /* the suite's strings */
    const char *method;        /* the forecaster's name */
    int samples;
    double mean[LC__N_METRICS], std[LC__N_METRICS]; /* over the seeds; std is 0 for one seed; NaN
                                                       where the figure does not exist */
    size_t seeds; /* that ran, fewer than asked for if it was stopped */
} lc__eval_row;

typedef struct lc__eval {
    lc__eval_row *rows; /* [n_rows]: per task, per method, per number of samples, the task then its
                           devices */
    size_t n_rows;
    lc__scatter *scatter; /* [n_scatter] of each task's targets, the first method, the most samples
                           */
    size_t n_scatter;
    char *notes;        /* lines on what degrades the figures, or NULL */
    size_t done, total; /* trials */
} lc__eval;

/* Runs every task x seed. Latency tables and the features of their nets are loaded once; the
 * sources are learned once per task and seed. Data is checked before the first trial. A stopped run
 * gives what is done (tasks without any finished trial are left out). The suite must outlive the
 * results. LC_EUSAGE: no such task, nothing to do; else as lc__task_check(), lc__dataset_load() and
 * lc__trial_run(). Release with lc__eval_clear(). */
lc_status lc__eval_run(const lc__suite *suite, const lc__eval_options *options, lc__eval *out,
                       lc_error *err);
void lc__eval_clear(lc__eval *eval);

#endif
