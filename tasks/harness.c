#include "tasks/harness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "job.h"
#include "tasks/check.h"

#define MAX_THREADS 64

typedef struct run {
    const lc__eval_options *options;
    lc__job *jobs;         /* [n_jobs] */
    lc__dataset *datasets; /* [n_datasets] */
    size_t n_jobs, n_datasets;
    lc__buf notes;
    pthread_mutex_t lock; /* of what follows */
    size_t next, done;    /* trials begun and over, of n_jobs * seeds */
    lc_status status;     /* of the first trial that failed */
    lc_error error;
} run;

/* ---- which tasks, which data ---- */

static bool same(const char *a, const char *b) {
    return a && b ? !strcmp(a, b) : a == b;
}

static bool same_origin(const lc__task *a, const lc__task *b) {
    return same(a->table, b->table) && same(a->format, b->format) &&
           same(a->quantity, b->quantity) && same(a->space, b->space) && same(a->nets, b->nets);
}

static lc_status load_dataset(run *r, const lc__task *task, lc_error *err) {
    char table[sizeof r->datasets->path + 1]; /* what is cut off here is refused below: too long */
    char nets[sizeof table];
    const char *dir = r->options->data_dir;
    snprintf(table, sizeof table, "%s/%s", dir ? dir : "", task->table);
    snprintf(nets, sizeof nets, "%s/%s", dir ? dir : "", task->nets ? task->nets : "");
    lc__origin origin = {.table = dir ? table : task->table,
                         .format = task->format,
                         .quantity = task->quantity,
                         .space = task->space,
                         .nets = dir && task->nets ? nets : task->nets};
    return lc__dataset_load(&origin, &r->datasets[r->n_datasets], err);
}

/* Tasks of one origin share its dataset. */
static lc_status dataset_of(run *r, lc__job *j, lc_error *err) {
    for (const lc__job *other = r->jobs; other < j && !j->data; other++)
        if (same_origin(other->task, j->task))
            j->data = other->data;
    if (j->data)
        return LC_OK;
    lc_status s = load_dataset(r, j->task, err);
    if (!s)
        j->data = &r->datasets[r->n_datasets++];
    return s;
}

static lc_status add_job(run *r, const lc__task *task, lc_error *err) {
    const lc__eval_options *o = r->options;
    lc__job *j = &r->jobs[r->n_jobs++];
    j->task = task;
    j->score = calloc(o->seeds * lc__job_scores(o, j), sizeof *j->score);
    j->done = calloc(o->seeds, sizeof *j->done);
    j->scatter = o->scatter ? calloc(task->targets.n, sizeof *j->scatter) : NULL;
    if (!j->score || !j->done || !j->scatter == o->scatter)
        return lc__no_memory(err);
    lc_status s = dataset_of(r, j, err);
    return s ? s : lc__task_check(task, j->data, o->samples, o->n_samples, err);
}

/* Whether any method has what it needs on any task. */
static bool any_runs(const run *r) {
    for (size_t i = 0; i < r->n_jobs; i++)
        for (size_t f = 0; f < r->options->n_forecasters; f++)
            if (!lc__forecaster_lacks(r->options->forecasters[f], r->jobs[i].task, r->jobs[i].data))
                return true;
    return false;
}

static lc_status prepare(run *r, const lc__suite *suite, lc_error *err) {
    const lc__eval_options *o = r->options;
    if (o->n_samples == 0 || o->seeds == 0 || o->n_forecasters == 0)
        return lc_error_set(err, LC_EUSAGE, "nothing to do: no samples, seeds or methods");
    size_t n = o->n_tasks ? o->n_tasks : suite->n_tasks;
    r->jobs = calloc(n, sizeof *r->jobs);
    r->datasets = calloc(n, sizeof *r->datasets);
    if (!r->jobs || !r->datasets)
        return lc__no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const lc__task *task = o->n_tasks ? lc__suite_find(suite, o->tasks[i]) : &suite->tasks[i];
        if (!task)
            return lc_error_set(err, LC_EUSAGE, "suite %.60s has no task \"%.60s\"", suite->name,
                                o->tasks[i]);
        lc_status s = add_job(r, task, err);
        if (s)
            return s;
    }
    if (!any_runs(r)) {
        const lc__job *j = &r->jobs[0];
        lc_error_set(err, LC_EUNSUPPORTED, "%s cannot run on task %.60s: it needs %s",
                     o->forecasters[0]->name, j->task->name,
                     lc__forecaster_lacks(o->forecasters[0], j->task, j->data));
        return LC_EUNSUPPORTED;
    }
    return lc__take_notes(o, r->jobs, r->n_jobs, &r->notes, err);
}

/* ---- the trials ---- */

/* The next trial to run; false when there is none left or one failed. */
static bool take(run *r, size_t *trial) {
    pthread_mutex_lock(&r->lock);
    bool more = r->status == LC_OK && r->next < r->n_jobs * r->options->seeds &&
                !(r->options->stop && *r->options->stop);
    if (more)
        *trial = r->next++;
    pthread_mutex_unlock(&r->lock);
    return more;
}

static void *work(void *user) {
    run *r = user;
    const lc__eval_options *o = r->options;
    for (size_t i; take(r, &i);) {
        lc__job *j = &r->jobs[i / o->seeds];
        size_t seed = i % o->seeds;
        lc__trial trial = {.task = j->task,
                           .data = j->data,
                           .seed = o->first_seed + seed,
                           .forecasters = o->forecasters,
                           .n_forecasters = o->n_forecasters,
                           .selection = o->selection,
                           .samples = o->samples,
                           .n_samples = o->n_samples,
                           .scatter = seed == 0 ? j->scatter : NULL};
        lc_error err;
        lc_status s = lc__trial_run(&trial, j->score + seed * lc__job_scores(o, j), &err);
        pthread_mutex_lock(&r->lock);
        r->done++;
        j->done[seed] = s == LC_OK;
        if (s && !r->status) {
            r->status = s;
            r->error = err;
        }
        if (o->progress)
            o->progress(o->user, r->done, r->n_jobs * o->seeds, j->task->name);
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

/* Runs the trials on this thread and up to threads - 1 helpers; fewer helpers only take longer. */
static lc_status run_trials(run *r, lc_error *err) {
    pthread_t helper[MAX_THREADS];
    int started = 0, wanted = r->options->threads < MAX_THREADS ? r->options->threads : MAX_THREADS;
    while (started + 1 < wanted && !pthread_create(&helper[started], NULL, work, r))
        started++;
    work(r);
    for (int i = 0; i < started; i++)
        pthread_join(helper[i], NULL);
    if (r->status && err)
        *err = r->error;
    return r->status;
}

lc_status lc__eval_run(const lc__suite *suite, const lc__eval_options *options, lc__eval *out,
                       lc_error *err) {
    memset(out, 0, sizeof *out);
    run r = {.options = options, .lock = PTHREAD_MUTEX_INITIALIZER};
    lc_status s = prepare(&r, suite, err);
    if (!s)
        s = run_trials(&r, err);
    if (!s)
        s = lc__collect(options, r.jobs, r.n_jobs, out, err);
    out->notes = r.notes.text;
    out->done = r.done;
    out->total = r.n_jobs * options->seeds;
    for (size_t i = 0; i < r.n_jobs; i++) {
        free(r.jobs[i].score);
        free(r.jobs[i].done);
        free(r.jobs[i].scatter);
    }
    for (size_t i = 0; i < r.n_datasets; i++)
        lc__dataset_clear(&r.datasets[i]);
    free(r.jobs);
    free(r.datasets);
    if (s)
        lc__eval_clear(out);
    return s;
}

void lc__eval_clear(lc__eval *eval) {
    free(eval->rows);
    free(eval->scatter);
    free(eval->notes);
    memset(eval, 0, sizeof *eval);
}
