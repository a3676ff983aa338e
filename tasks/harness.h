/* Evaluation of the predictor over a task suite. */
#ifndef TASKS_HARNESS_H
#define TASKS_HARNESS_H

#include "tasks/trial.h"

#define LC__EVAL_MAX_SIZES 16

typedef struct lc__eval_options {
    const char *data_dir;     /* folder that the tasks' tables are in */
    const char *const *tasks; /* [n_tasks] names; all tasks when n_tasks is 0 */
    size_t n_tasks;
    int samples[LC__EVAL_MAX_SIZES]; /* [n_samples] measured nets per target */
    size_t n_samples;
    uint64_t first_seed;
    size_t seeds;
    lc__method selection;
    int threads;
    /* Called after each trial (task x seed), from one thread at a time; may be NULL. */
    void (*progress)(void *user, size_t done, size_t total, const char *task);
    void *user;
} lc__eval_options;

/* A line of the results: a device of a task, or (device NULL) the mean over the task's devices. */
typedef struct lc__eval_row {
    const char *task, *device; /* the suite's strings */
    int samples;
    double mean[LC__N_METRICS], std[LC__N_METRICS]; /* over the seeds; std is 0 for one seed */
} lc__eval_row;

typedef struct lc__eval {
    lc__eval_row *rows; /* [n_rows]: per task, per number of samples, the task then its devices */
    size_t n_rows;
} lc__eval;

/* Runs every task x seed. Latency tables and the features of their nets are loaded once; the
 * sources are learned once per task and seed. The suite must outlive the results. LC_EUSAGE: no
 * such task, nothing to do; else as lc__dataset_load() and lc__trial_run(). Release with
 * lc__eval_clear(). */
lc_status lc__eval_run(const lc__suite *suite, const lc__eval_options *options, lc__eval *out,
                       lc_error *err);
void lc__eval_clear(lc__eval *eval);

#endif
