/* What is wrong with a task's data, said before anything is learned from it. */
#ifndef TASKS_CHECK_H
#define TASKS_CHECK_H

#include "tasks/dataset.h"
#include "tasks/suite.h"

/* LC_EFORMAT, naming the table: a device that the table lacks, a target measured at fewer nets than
 * the most of samples[n_samples] and two, a device whose every value is the same. */
lc_status lc__task_check(const lc__task *task, const lc__dataset *data, const int *samples,
                         size_t n_samples, lc_error *err);

#endif
