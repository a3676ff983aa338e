/* Ways to forecast, all judged by the same protocol: ours and the standard baselines. */
#ifndef TASKS_FORECASTER_H
#define TASKS_FORECASTER_H

#include "predictor/batch.h"
#include "tasks/suite.h"

/* What the targets of a trial share. */
typedef struct lc__lesson {
    const lc__dataset *data;
    const lc_model *model;  /* learned from the source devices' draws; NULL if not asked for */
    const double *embedded; /* [n_rows] lc__model_embed() of the dataset's points, or NULL */
} lc__lesson;

/* What was measured on the target: values[n] of the dataset's rows[n], n >= 1. */
typedef struct lc__measured {
    const size_t *rows;
    const double *values;
    size_t n;
} lc__measured;

typedef struct lc__forecaster {
    const char *name;  /* "ours", "flops" */
    const char *about; /* one line for people */
    /* What it rests on. */
    bool needs_model;   /* lesson->model */
    bool needs_sources; /* source devices in that model */
    bool needs_choices; /* nets of a search space */

    /* Fits the target. Nothing else of it may be looked at. */
    lc_status (*adapt)(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                       lc_error *err);
    /* Forecasts every net of the dataset: out[n_rows]. */
    void (*forecast)(const lc__lesson *lesson, const void *fitted, double *out);
    /* One net with its interval; NULL: the method gives none. */
    lc_status (*query)(const void *fitted, const lc__point *point, lc_forecast *out);
    void (*release)(void *fitted); /* takes NULL */
} lc__forecaster;

extern const lc__forecaster lc__ours;

/* All of them, "ours" first, NULL-terminated; lookup gives NULL for an unknown name. */
const lc__forecaster *const *lc__forecasters(void);
const lc__forecaster *lc__forecaster_find(const char *name);

/* What a method lacks to run on a task ("source devices"), or NULL. */
const char *lc__forecaster_lacks(const lc__forecaster *forecaster, const lc__task *task,
                                 const lc__dataset *data);

#endif
