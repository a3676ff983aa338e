/* Task suites: which devices a predictor learns from, which it is then asked about. */
#ifndef TASKS_SUITE_H
#define TASKS_SUITE_H

#include "tasks/dataset.h"

typedef struct lc__names {
    char **item; /* [n] */
    size_t n;
} lc__names;

typedef struct lc__task {
    char *name;
    char *table;        /* relative to the data folder */
    char *format;       /* of the table, "csv" */
    char *quantity;     /* "latency" */
    char *space;        /* search space that the table's nets belong to, or NULL */
    char *nets;         /* file of nets, relative to the data folder, or NULL */
    int source_samples; /* nets drawn per source device */
    lc__names sources, targets;
    lc__names missing; /* devices of the published task that no public table has; not used */
} lc__task;

/* A rank correlation that a paper reports for a task of the suite, or for a device of it. */
typedef struct lc__published {
    char *method, *from;
    int samples;
    const char *task;   /* the task's string */
    const char *device; /* the task's string; NULL: the mean over its targets */
    double spearman;
} lc__published;

typedef struct lc__suite {
    char *name;
    lc__task *tasks; /* [n_tasks] */
    size_t n_tasks;
    lc__published *published; /* [n_published] */
    size_t n_published;
} lc__suite;

/* Reads {"schema_version":1,"name","published"?,"tasks":[{"name","table","format"?,"quantity"?,
 * "space"?,"nets"?,"source_samples","sources","targets","missing"?}]}. Format is csv and quantity
 * latency unless said otherwise; a csv table needs the space or the nets. "published" is
 * [{"method","from","samples","spearman":{"TASK" or "TASK/DEVICE":figure}}]. LC_EFORMAT with file,
 * path and line for what is missing, a task or a device named twice, a task without targets, a
 * target that is a source of the same task. Release with lc__suite_clear(). */
lc_status lc__suite_load(const char *path, lc__suite *out, lc_error *err);
void lc__suite_clear(lc__suite *suite);

/* A suite "own" of one task of that name from one's own data: `sources` (may be NULL) and `targets`
 * are devices parted by commas, paths are those of *origin. LC_EUSAGE: no target, an empty name, a
 * device named twice. */
lc_status lc__suite_make(const lc__origin *origin, const char *sources, const char *targets,
                         int source_samples, lc__suite *out, lc_error *err);

/* Whether a name is among the names. */
bool lc__named(const lc__names *names, const char *name);

/* The task of a name, or NULL. */
const lc__task *lc__suite_find(const lc__suite *suite, const char *name);

#endif
