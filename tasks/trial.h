/* One trial of a task: learn from a random draw of the sources, adapt to each target from a few of
 * its nets, forecast all its others. Every method is given the same nets. */
#ifndef TASKS_TRIAL_H
#define TASKS_TRIAL_H

#include "tasks/score.h"

typedef struct lc__trial {
    const lc__task *task;
    const lc__dataset *data; /* the task's table */
    uint64_t seed;
    const lc__forecaster *const *forecasters; /* [n_forecasters] */
    size_t n_forecasters;
    lc__method selection; /* how the nets to measure on a target are chosen */
    const int *samples;   /* [n_samples] numbers of measured nets, each at least 1 */
    size_t n_samples;
    lc__scatter *scatter; /* [targets]: filled from the first method and the most samples; NULL */
} lc__trial;

/* Fills score[n_forecasters][task->targets.n][n_samples][LC__N_METRICS] as lc__score() does. The
 * draws depend on the seed, the task and the device alone. LC_EFORMAT: a device that the table does
 * not have, or one measured too rarely. */
lc_status lc__trial_run(const lc__trial *trial, double *score, lc_error *err);

#endif
