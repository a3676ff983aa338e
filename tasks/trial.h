/* One trial of a task: learn from a random draw of the sources, adapt to each target from a few of
 * its nets, forecast all its others. */
#ifndef TASKS_TRIAL_H
#define TASKS_TRIAL_H

#include "predictor/selection.h"
#include "tasks/dataset.h"
#include "tasks/metrics.h"
#include "tasks/suite.h"

typedef struct lc__trial {
    const lc__task *task;
    const lc__dataset *data; /* the task's table */
    uint64_t seed;
    lc__method selection; /* how the nets to measure on a target are chosen */
    const int *samples;   /* [n_samples] numbers of measured nets, each at least 1 */
    size_t n_samples;
} lc__trial;

/* Fills score[task->targets.n][n_samples][LC__N_METRICS]. The draws depend on the seed, the task
 * and the device alone, and the random draw of fewer samples is the head of that of more. Every
 * measured net of a target that was not drawn is scored, untrimmed; interval coverage and query
 * time come from up to 256 of them. LC_EFORMAT: a device that the table does not have, or one
 * measured too rarely. */
lc_status lc__trial_run(const lc__trial *trial, double *score, lc_error *err);

#endif
