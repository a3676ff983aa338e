/* The parts of the report: private to report*.c. */
#ifndef TASKS_REPORT_PARTS_H
#define TASKS_REPORT_PARTS_H

#include "tasks/markup.h"
#include "tasks/report.h"

typedef struct lc__page {
    const lc__suite *suite;
    const lc__eval_options *options;
    const lc__eval *eval;
    int most_samples; /* of those that ran */
    lc__buf *out;
} lc__page;

/* A row of the results (device NULL: the task's mean), or NULL. */
const lc__eval_row *lc__page_row(const lc__page *page, const char *task, const char *device,
                                 size_t method, int samples);
/* The tasks that have results: task[*n] of room suite->n_tasks. */
void lc__page_tasks(const lc__page *page, const lc__task **task, size_t *n);
/* The colour of a method, 0 .. 5: its own, whichever others there are. */
size_t lc__page_colour(const lc__page *page, size_t method);
/* Which of the suite's published methods a figure belongs to, counted in order of appearance. */
size_t lc__published_index(const lc__suite *suite, const lc__published *figure);

/* A key of coloured marks: the methods and, if asked for, the published ones. */
void lc__report_key(const lc__page *page, bool published);
/* A row per task, a mark per method: one figure at the most samples. `band_low` .. `band_high` is
 * shaded where band_high > 0. */
lc_status lc__report_rows(const lc__page *page, lc__metric metric, const char *name, bool published,
                          double band_low, double band_high, lc_error *err);
/* A small plot per task: the figure over the number of samples. */
lc_status lc__report_curves(const lc__page *page, lc__metric metric, const char *name,
                            lc_error *err);
/* A small plot per target: forecast against measurement. */
void lc__report_scatter(const lc__page *page);
/* The tables. */
lc_status lc__report_tables(const lc__page *page, lc_error *err);

#endif
