#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stats.h"
#include "job.h"

size_t lc__job_scores(const lc__eval_options *options, const lc__job *job) {
    return options->n_forecasters * job->task->targets.n * options->n_samples * LC__N_METRICS;
}

/* One device of a task under one method and number of samples. */
typedef struct place {
    size_t forecaster, target, k;
} place;

static const double *score_at(const lc__eval_options *o, const lc__job *j, size_t seed, place at) {
    size_t cell = (at.forecaster * j->task->targets.n + at.target) * o->n_samples + at.k;
    return j->score + seed * lc__job_scores(o, j) + cell * LC__N_METRICS;
}

/* Mean and deviation over the finished seeds of value[seeds][LC__N_METRICS]. x is scratch,
 * [seeds]. */
static void summarise(const lc__eval_options *o, const lc__job *j, const double *value, double *x,
                      lc__eval_row *row) {
    for (size_t m = 0; m < LC__N_METRICS; m++) {
        row->seeds = 0;
        for (size_t s = 0; s < o->seeds; s++)
            if (j->done[s])
                x[row->seeds++] = value[s * LC__N_METRICS + m];
        row->mean[m] = lc__mean(x, row->seeds);
        row->std[m] = lc__stddev(x, row->seeds);
    }
}

/* The rows of one task under one method and number of samples. scratch is
 * [seeds][2 * LC__N_METRICS + 1]. */
static void add_rows(const lc__eval_options *o, const lc__job *j, place at, double *scratch,
                     lc__eval *out) {
    size_t cells = o->seeds * LC__N_METRICS, targets = j->task->targets.n;
    double *value = scratch, *total = scratch + cells, *x = total + cells;
    lc__eval_row *mean = &out->rows[out->n_rows++];
    *mean = (lc__eval_row){.task = j->task->name,
                           .method = o->forecasters[at.forecaster]->name,
                           .samples = o->samples[at.k]};
    memset(total, 0, cells * sizeof *total);
    for (at.target = 0; at.target < targets; at.target++) {
        for (size_t s = 0; s < o->seeds; s++)
            memcpy(value + s * LC__N_METRICS, score_at(o, j, s, at), LC__N_METRICS * sizeof *value);
        for (size_t i = 0; i < cells; i++)
            total[i] += value[i] / (double)targets;
        lc__eval_row *row = &out->rows[out->n_rows++];
        *row = *mean;
        row->device = j->task->targets.item[at.target];
        summarise(o, j, value, x, row);
    }
    summarise(o, j, total, x, mean);
}

static bool any_done(const lc__eval_options *o, const lc__job *j) {
    for (size_t s = 0; s < o->seeds; s++)
        if (j->done[s])
            return true;
    return false;
}

/* A method that lacks what it needs has no rows. */
static bool lacks(const lc__eval_options *o, const lc__job *j, size_t forecaster) {
    return lc__forecaster_lacks(o->forecasters[forecaster], j->task, j->data) != NULL;
}

static void add_job(const lc__eval_options *o, const lc__job *j, double *scratch, lc__eval *out) {
    for (size_t f = 0; f < o->n_forecasters; f++)
        for (size_t k = 0; k < o->n_samples && !lacks(o, j, f); k++)
            add_rows(o, j, (place){f, 0, k}, scratch, out);
    if (j->scatter && j->done[0]) {
        memcpy(out->scatter + out->n_scatter, j->scatter,
               j->task->targets.n * sizeof *out->scatter);
        out->n_scatter += j->task->targets.n;
    }
}

lc_status lc__collect(const lc__eval_options *o, const lc__job *jobs, size_t n, lc__eval *out,
                      lc_error *err) {
    size_t rows = 1, targets = 1;
    for (size_t i = 0; i < n; i++) {
        rows += o->n_forecasters * o->n_samples * (1 + jobs[i].task->targets.n);
        targets += jobs[i].task->targets.n;
    }
    out->rows = calloc(rows, sizeof *out->rows);
    out->scatter = o->scatter ? calloc(targets, sizeof *out->scatter) : NULL;
    double *scratch = malloc(o->seeds * (2 * LC__N_METRICS + 1) * sizeof *scratch);
    lc_status s = out->rows && scratch && !o->scatter == !out->scatter ? LC_OK : lc__no_memory(err);
    for (size_t i = 0; i < n && !s; i++)
        if (any_done(o, &jobs[i]))
            add_job(o, &jobs[i], scratch, out);
    free(scratch);
    return s;
}
