#include "tasks/harness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stats.h"

#define MAX_THREADS 64

/* A task that was asked for, its data, and where its scores go. */
typedef struct job {
    const lc__task *task;
    const lc__dataset *data;
    double *score; /* [seeds][targets][n_samples][LC__N_METRICS] */
} job;

typedef struct run {
    const lc__eval_options *options;
    job *jobs;             /* [n_jobs] */
    lc__dataset *datasets; /* [n_datasets] */
    size_t n_jobs, n_datasets;
    pthread_mutex_t lock; /* of what follows */
    size_t next, done;    /* trials begun and over, of n_jobs * seeds */
    lc_status status;     /* of the first trial that failed */
    lc_error error;
} run;

static size_t scores_per_seed(const run *r, const job *j) {
    return j->task->targets.n * r->options->n_samples * LC__N_METRICS;
}

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
    snprintf(table, sizeof table, "%s/%s", r->options->data_dir, task->table);
    snprintf(nets, sizeof nets, "%s/%s", r->options->data_dir, task->nets ? task->nets : "");
    lc__origin origin = {.table = table,
                         .format = task->format,
                         .quantity = task->quantity,
                         .space = task->space,
                         .nets = task->nets ? nets : NULL};
    return lc__dataset_load(&origin, &r->datasets[r->n_datasets], err);
}

/* Tasks of one origin share its dataset. */
static lc_status dataset_of(run *r, job *j, lc_error *err) {
    for (const job *other = r->jobs; other < j && !j->data; other++)
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
    job *j = &r->jobs[r->n_jobs++];
    j->task = task;
    j->score = calloc(r->options->seeds * scores_per_seed(r, j), sizeof *j->score);
    if (!j->score)
        return lc__no_memory(err);
    return dataset_of(r, j, err);
}

static lc_status prepare(run *r, const lc__suite *suite, lc_error *err) {
    const lc__eval_options *o = r->options;
    if (o->n_samples == 0 || o->seeds == 0)
        return lc_error_set(err, LC_EUSAGE, "nothing to do: no number of samples or no seeds");
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
    return LC_OK;
}

/* ---- the trials ---- */

/* The next trial to run; false when there is none left or one failed. */
static bool take(run *r, size_t *trial) {
    pthread_mutex_lock(&r->lock);
    bool more = r->status == LC_OK && r->next < r->n_jobs * r->options->seeds;
    if (more)
        *trial = r->next++;
    pthread_mutex_unlock(&r->lock);
    return more;
}

static void *work(void *user) {
    run *r = user;
    const lc__eval_options *o = r->options;
    for (size_t i; take(r, &i);) {
        const job *j = &r->jobs[i / o->seeds];
        size_t seed = i % o->seeds;
        lc__trial trial = {.task = j->task,
                           .data = j->data,
                           .seed = o->first_seed + seed,
                           .selection = o->selection,
                           .samples = o->samples,
                           .n_samples = o->n_samples};
        lc_error err;
        lc_status s = lc__trial_run(&trial, j->score + seed * scores_per_seed(r, j), &err);
        pthread_mutex_lock(&r->lock);
        r->done++;
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

/* ---- the results ---- */

/* Mean and deviation over the seeds of value[seeds][LC__N_METRICS]. */
static lc_status summarise(const double *value, size_t seeds, lc__eval_row *row, lc_error *err) {
    double *x = malloc(seeds * sizeof *x);
    if (!x)
        return lc__no_memory(err);
    for (size_t m = 0; m < LC__N_METRICS; m++) {
        for (size_t s = 0; s < seeds; s++)
            x[s] = value[s * LC__N_METRICS + m];
        row->mean[m] = lc__mean(x, seeds);
        row->std[m] = lc__stddev(x, seeds);
    }
    free(x);
    return LC_OK;
}

/* The rows of one task at its k-th number of samples; `value` and `total` are [seeds][metrics]. */
static lc_status add_rows(const run *r, const job *j, size_t k, double *value, double *total,
                          lc__eval *out, lc_error *err) {
    const lc__eval_options *o = r->options;
    size_t targets = j->task->targets.n, cells = o->seeds * LC__N_METRICS;
    lc__eval_row *mean = &out->rows[out->n_rows++];
    *mean = (lc__eval_row){.task = j->task->name, .samples = o->samples[k]};
    memset(total, 0, cells * sizeof *total);
    for (size_t d = 0; d < targets; d++) {
        for (size_t s = 0; s < o->seeds; s++)
            memcpy(value + s * LC__N_METRICS,
                   j->score + ((s * targets + d) * o->n_samples + k) * LC__N_METRICS,
                   LC__N_METRICS * sizeof *value);
        for (size_t i = 0; i < cells; i++)
            total[i] += value[i] / (double)targets;
        lc__eval_row *row = &out->rows[out->n_rows++];
        *row = (lc__eval_row){j->task->name, j->task->targets.item[d], o->samples[k], {0}, {0}};
        lc_status s = summarise(value, o->seeds, row, err);
        if (s)
            return s;
    }
    return summarise(total, o->seeds, mean, err);
}

static lc_status collect(const run *r, lc__eval *out, lc_error *err) {
    size_t rows = 1, cells = r->options->seeds * LC__N_METRICS;
    for (size_t i = 0; i < r->n_jobs; i++)
        rows += r->options->n_samples * (1 + r->jobs[i].task->targets.n);
    out->rows = calloc(rows, sizeof *out->rows);
    double *scratch = malloc(2 * cells * sizeof *scratch);
    lc_status s = out->rows && scratch ? LC_OK : lc__no_memory(err);
    for (size_t i = 0; i < r->n_jobs && !s; i++)
        for (size_t k = 0; k < r->options->n_samples && !s; k++)
            s = add_rows(r, &r->jobs[i], k, scratch, scratch + cells, out, err);
    free(scratch);
    return s;
}

lc_status lc__eval_run(const lc__suite *suite, const lc__eval_options *options, lc__eval *out,
                       lc_error *err) {
    memset(out, 0, sizeof *out);
    run r = {.options = options, .lock = PTHREAD_MUTEX_INITIALIZER};
    lc_status s = prepare(&r, suite, err);
    if (!s)
        s = run_trials(&r, err);
    if (!s)
        s = collect(&r, out, err);
    for (size_t i = 0; i < r.n_jobs; i++)
        free(r.jobs[i].score);
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
    memset(eval, 0, sizeof *eval);
}
