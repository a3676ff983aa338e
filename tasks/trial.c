#include "tasks/trial.h"

#include <stdlib.h>

#include "base/memory.h"

/* ---- what the targets share ---- */

static lc_status train(const lc__trial *t, lc_model **model, lc_error *err) {
    const lc__names *sources = &t->task->sources;
    lc__pool_rows *pool = calloc(sources->n + 1, sizeof *pool);
    lc__rows reference = {0};
    lc_status s = pool ? LC_OK : lc__no_memory(err);
    for (size_t i = 0; i < sources->n && !s; i++)
        s = lc__draw_source(t->task, t->data, sources->item[i], t->seed, &pool[i], err);
    if (!s && sources->n == 0)
        s = lc__draw_reference(t->task, t->data, t->seed, &reference, err);
    if (!s)
        s = lc__model_train_points(t->data->points, pool, sources->n, reference.row, reference.n,
                                   model, err);
    free(reference.row);
    lc__pool_clear(pool, sources->n);
    return s;
}

static bool needs_model(const lc__trial *t) {
    bool needed = t->selection != LC__METHOD_random;
    for (size_t i = 0; i < t->n_forecasters; i++)
        needed |= t->forecasters[i]->needs_model;
    return needed;
}

static lc_status prepare(const lc__trial *t, lc_model **model, double **embedded, lc_error *err) {
    size_t n = t->data->table.n_rows;
    if (!needs_model(t))
        return LC_OK;
    lc_status s = train(t, model, err);
    if (s)
        return s;
    *embedded = malloc(n * lc__model_embed_size(*model) * sizeof **embedded);
    if (!*embedded)
        return lc__no_memory(err);
    return lc__model_embed(*model, t->data->points, n, *embedded, err);
}

/* ---- a target ---- */

static size_t most_samples(const lc__trial *t) {
    size_t most = 0;
    for (size_t k = 1; k < t->n_samples; k++)
        if (t->samples[k] > t->samples[most])
            most = k;
    return most;
}

/* Scores every method on target number `target` with samples[k] measured nets. */
static lc_status score_target(const lc__trial *t, const lc__lesson *lesson, size_t target, size_t k,
                              double *scratch, double *score, lc_error *err) {
    const char *device = t->task->targets.item[target];
    size_t measured = (size_t)t->samples[k];
    lc__rows rows = {0};
    lc__scatter unused;
    lc_status s = lc__draw_target(t->task, t->data, lesson->model, device, t->seed, t->selection,
                                  measured, &rows, err);
    for (size_t f = 0; f < t->n_forecasters && !s; f++) {
        size_t cell = (f * t->task->targets.n + target) * t->n_samples + k;
        bool plotted = t->scatter && f == 0 && k == most_samples(t);
        s = lc__score(t->forecasters[f], lesson, t->task, device, &rows, measured, scratch,
                      score + cell * LC__N_METRICS, plotted ? &t->scatter[target] : &unused, err);
    }
    free(rows.row);
    if (!s && t->scatter) {
        t->scatter[target].task = t->task->name;
        t->scatter[target].device = device;
        t->scatter[target].unit = t->data->table.unit;
        t->scatter[target].samples = t->samples[most_samples(t)];
    }
    return s;
}

lc_status lc__trial_run(const lc__trial *trial, double *score, lc_error *err) {
    lc_model *model = NULL;
    double *embedded = NULL, *scratch = malloc(trial->data->table.n_rows * sizeof *scratch);
    lc_status s = scratch ? prepare(trial, &model, &embedded, err) : lc__no_memory(err);
    lc__lesson lesson = {trial->data, model, embedded};
    for (size_t i = 0; i < trial->task->targets.n && !s; i++)
        for (size_t k = 0; k < trial->n_samples && !s; k++)
            s = score_target(trial, &lesson, i, k, scratch, score, err);
    free(scratch);
    free(embedded);
    lc_model_free(model);
    return s;
}
