#include "tasks/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/rank.h"
#include "base/rng.h"
#include "base/text.h"
#include "predictor/batch.h"

#define PLAN_CANDIDATES 2000
#define INTERVAL_NETS 256

/* A stream of random numbers that belongs to one draw. */
static uint64_t stream(const lc__trial *trial, const char *device) {
    uint64_t h = lc__fnv1a(LC__FNV_START, trial->task->name, strlen(trial->task->name) + 1);
    h = lc__fnv1a(h, device, strlen(device));
    return lc__fnv1a(h, &trial->seed, sizeof trial->seed);
}

/* Moves a uniform draw of k of rows[n] to the front (Fisher and Yates). */
static void draw(uint64_t rng, size_t *rows, size_t n, size_t k) {
    for (size_t i = 0; i < k && i + 1 < n; i++) {
        size_t j = i + (size_t)lc__rng_below(&rng, n - i), keep = rows[i];
        rows[i] = rows[j];
        rows[j] = keep;
    }
}

static double *gather(const double *column, const size_t *rows, size_t n) {
    double *values = malloc((n ? n : 1) * sizeof *values);
    for (size_t i = 0; values && i < n; i++)
        values[i] = column[rows[i]];
    return values;
}

/* ---- the sources ---- */

static void clear_pool(lc__pool_rows *pool, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free((void *)(uintptr_t)pool[i].rows);
        free((void *)(uintptr_t)pool[i].values);
    }
    free(pool);
}

static lc_status draw_source(const lc__trial *t, const char *device, lc__pool_rows *out,
                             lc_error *err) {
    size_t *rows, n, k = (size_t)t->task->source_samples;
    lc_status s = lc__dataset_measured(t->data, device, &rows, &n, err);
    if (s)
        return s;
    if (k > n)
        k = n;
    draw(stream(t, device), rows, n, k);
    *out = (lc__pool_rows){.name = device, .rows = rows, .n = k};
    out->values = gather(lc__table_column(&t->data->table, device), rows, k);
    return out->values ? LC_OK : lc__no_memory(err);
}

static lc_status train(const lc__trial *t, lc_model **model, lc_error *err) {
    const lc__names *sources = &t->task->sources;
    lc__pool_rows *pool = calloc(sources->n + 1, sizeof *pool);
    if (!pool)
        return lc__no_memory(err);
    lc_status s = LC_OK;
    for (size_t i = 0; i < sources->n && !s; i++)
        s = draw_source(t, sources->item[i], &pool[i], err);
    if (!s)
        s = lc__model_train_points(t->data->points, pool, sources->n, NULL, 0, model, err);
    clear_pool(pool, sources->n);
    return s;
}

/* ---- a target ---- */

/* What the targets of a trial share. */
typedef struct context {
    const lc__trial *trial;
    const lc_model *model;
    const double *table; /* lc__model_embed() of all points */
    double *forecast;    /* [n_rows] scratch */
} context;

/* Forecasts and truth side by side, of the nets that were not drawn. */
typedef struct pairing {
    double *forecast, *truth; /* [n] */
    size_t n;
} pairing;

/* Brings k chosen rows to the front of rows[n]. */
static lc_status choose(const context *c, const char *device, size_t *rows, size_t n, size_t k,
                        lc_error *err) {
    uint64_t rng = stream(c->trial, device);
    size_t candidates = n < PLAN_CANDIDATES ? n : PLAN_CANDIDATES;
    if (candidates < k)
        candidates = k;
    draw(rng, rows, n, candidates);
    size_t *chosen = malloc(k * sizeof *chosen);
    bool *taken = calloc(candidates + 1, sizeof *taken);
    size_t *order = malloc(candidates * sizeof *order);
    lc__selection from = {
        .model = c->model, .points = c->trial->data->points, .candidates = rows, .n = candidates};
    lc_status s = chosen && taken && order ? LC_OK : lc__no_memory(err);
    if (!s)
        s = lc__select(&from, c->trial->selection, k, chosen, err);
    if (!s) {
        size_t at = 0;
        for (size_t i = 0; i < k; i++) {
            order[at++] = rows[chosen[i]];
            taken[chosen[i]] = true;
        }
        for (size_t i = 0; i < candidates; i++)
            if (!taken[i])
                order[at++] = rows[i];
        memcpy(rows, order, candidates * sizeof *rows);
    }
    free(chosen);
    free(taken);
    free(order);
    return s;
}

/* Coverage of the 90 % interval and the time of a query, over the first nets of rows[n]. */
static lc_status score_intervals(const lc_predictor *p, const lc__point *points, const size_t *rows,
                                 const double *truth, size_t n, double *score) {
    double low[INTERVAL_NETS], high[INTERVAL_NETS];
    if (n > INTERVAL_NETS)
        n = INTERVAL_NETS;
    double started = lc__now();
    for (size_t i = 0; i < n; i++) {
        lc_forecast f;
        lc_status s = lc__predictor_query_point(p, &points[rows[i]], &f);
        if (s)
            return s;
        low[i] = f.low;
        high[i] = f.high;
    }
    score[LC__METRIC_QUERY_US] = 1e6 * (lc__now() - started) / (double)n;
    score[LC__METRIC_COVERAGE90] = lc__coverage(low, high, truth, n);
    return LC_OK;
}

static lc_status score_pairs(const pairing *p, double *score, lc_error *err) {
    score[LC__METRIC_SPEARMAN] = lc__spearman(p->forecast, p->truth, p->n);
    score[LC__METRIC_KENDALL] = lc__kendall(p->forecast, p->truth, p->n);
    score[LC__METRIC_WITHIN5] = lc__within(p->forecast, p->truth, p->n, 0.05);
    score[LC__METRIC_WITHIN10] = lc__within(p->forecast, p->truth, p->n, 0.10);
    score[LC__METRIC_MAPE] = lc__mape(p->forecast, p->truth, p->n);
    if (isnan(score[LC__METRIC_SPEARMAN]) || isnan(score[LC__METRIC_KENDALL]))
        return lc__no_memory(err);
    return LC_OK;
}

/* Adapts from the first k of rows[n] and scores the rest. */
static lc_status score_split(const context *c, const double *column, const size_t *rows, size_t n,
                             size_t k, double *score, lc_error *err) {
    const lc__dataset *data = c->trial->data;
    lc_predictor *predictor = NULL;
    double *shots = gather(column, rows, k);
    pairing p = {.truth = gather(column, rows + k, n - k), .n = n - k};
    lc_status s = shots && p.truth ? LC_OK : lc__no_memory(err);
    double started = lc__now();
    if (!s)
        s = lc__predictor_adapt_points(c->model, data->points, rows, shots, k, NULL, &predictor,
                                       err);
    score[LC__METRIC_ADAPT_MS] = 1e3 * (lc__now() - started);
    if (!s) {
        lc__predictor_means(predictor, c->table, data->table.n_rows, c->forecast);
        p.forecast = gather(c->forecast, rows + k, n - k);
        s = p.forecast ? LC_OK : lc__no_memory(err);
    }
    if (!s)
        s = score_intervals(predictor, data->points, rows + k, p.truth, p.n, score);
    if (!s)
        s = score_pairs(&p, score, err);
    lc_predictor_free(predictor);
    free(shots);
    free(p.truth);
    free(p.forecast);
    return s;
}

/* score[n_samples][LC__N_METRICS] of one target. */
static lc_status score_target(const context *c, const char *device, double *score, lc_error *err) {
    const lc__trial *t = c->trial;
    const double *column = lc__table_column(&t->data->table, device);
    for (size_t i = 0; i < t->n_samples; i++) {
        size_t *rows, n, k = (size_t)t->samples[i];
        lc_status s = lc__dataset_measured(t->data, device, &rows, &n, err);
        if (s)
            return s;
        if (n < k + 2) {
            s = lc_error_set(err, LC_EFORMAT,
                             "%.80s has %zu measured nets: too few to adapt from %zu and score "
                             "others; ask for fewer --samples",
                             device, n, k);
            lc_error_in_file(err, t->data->path);
        }
        if (!s)
            s = choose(c, device, rows, n, k, err);
        if (!s)
            s = score_split(c, column, rows, n, k, score + i * LC__N_METRICS, err);
        free(rows);
        if (s)
            return s;
    }
    return LC_OK;
}

lc_status lc__trial_run(const lc__trial *trial, double *score, lc_error *err) {
    lc_model *model = NULL;
    double *table = NULL, *forecast = NULL;
    size_t n = trial->data->table.n_rows;
    lc_status s = train(trial, &model, err);
    if (!s) {
        table = malloc(n * lc__model_embed_size(model) * sizeof *table);
        forecast = malloc(n * sizeof *forecast);
        s = table && forecast ? lc__model_embed(model, trial->data->points, n, table, err)
                              : lc__no_memory(err);
    }
    context c = {trial, model, table, forecast};
    size_t step = trial->n_samples * LC__N_METRICS;
    for (size_t i = 0; i < trial->task->targets.n && !s; i++)
        s = score_target(&c, trial->task->targets.item[i], score + i * step, err);
    free(table);
    free(forecast);
    lc_model_free(model);
    return s;
}
