/* The standard comparisons (baseline_*.c). */
#ifndef TASKS_BASELINES_H
#define TASKS_BASELINES_H

#include "tasks/forecaster.h"

extern const lc__forecaster lc__flops, lc__scratch, lc__lut, lc__oneproxy, lc__nearest_source;

#endif
