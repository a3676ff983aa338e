#include "tasks/draw.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/text.h"

#define CANDIDATES 2000
/* Nets that are planned at once before the first is chosen by what was measured. */
#define ACTIVE_START 5

/* A stream of random numbers that belongs to one draw. */
static uint64_t stream(const lc__task *task, const char *device, uint64_t seed) {
    uint64_t h = lc__fnv1a(LC__FNV_START, task->name, strlen(task->name) + 1);
    h = lc__fnv1a(h, device, strlen(device));
    return lc__fnv1a(h, &seed, sizeof seed);
}

/* Moves a uniform draw of k of rows[n] to the front (Fisher and Yates). */
static void draw(uint64_t rng, size_t *rows, size_t n, size_t k) {
    for (size_t i = 0; i < k && i + 1 < n; i++) {
        size_t j = i + (size_t)lc__rng_below(&rng, n - i), keep = rows[i];
        rows[i] = rows[j];
        rows[j] = keep;
    }
}

double *lc__gather(const double *column, const size_t *rows, size_t n) {
    double *values = malloc((n ? n : 1) * sizeof *values);
    for (size_t i = 0; values && i < n; i++)
        values[i] = column[rows[i]];
    return values;
}

/* ---- the sources ---- */

void lc__pool_clear(lc__pool_rows *pool, size_t n) {
    for (size_t i = 0; pool && i < n; i++) {
        free((void *)(uintptr_t)pool[i].rows);
        free((void *)(uintptr_t)pool[i].values);
    }
    free(pool);
}

lc_status lc__draw_source(const lc__task *task, const lc__dataset *data, const char *device,
                          uint64_t seed, lc__pool_rows *out, lc_error *err) {
    size_t *rows, n, k = (size_t)task->source_samples;
    lc_status s = lc__dataset_measured(data, device, &rows, &n, err);
    if (s)
        return s;
    if (k > n)
        k = n;
    draw(stream(task, device, seed), rows, n, k);
    *out = (lc__pool_rows){.name = device, .rows = rows, .n = k};
    out->values = lc__gather(lc__table_column(&data->table, device), rows, k);
    return out->values ? LC_OK : lc__no_memory(err);
}

lc_status lc__draw_reference(const lc__task *task, const lc__dataset *data, uint64_t seed,
                             lc__rows *out, lc_error *err) {
    size_t n = data->table.n_rows, k = (size_t)task->source_samples;
    out->row = malloc(n * sizeof *out->row);
    if (!out->row)
        return lc__no_memory(err);
    for (size_t i = 0; i < n; i++)
        out->row[i] = i;
    out->n = k < n ? k : n;
    draw(stream(task, "", seed), out->row, n, out->n);
    return LC_OK;
}

/* ---- a target ---- */

/* Brings rows[chosen[k]] to the front of rows[n], in that order. */
static lc_status bring_forward(size_t *rows, size_t n, const size_t *chosen, size_t k,
                               lc_error *err) {
    bool *taken = calloc(n + 1, sizeof *taken);
    size_t *order = malloc((n + 1) * sizeof *order), at = 0;
    lc_status s = taken && order ? LC_OK : lc__no_memory(err);
    for (size_t i = 0; i < k && !s; i++) {
        order[at++] = rows[chosen[i]];
        taken[chosen[i]] = true;
    }
    for (size_t i = 0; i < n && !s; i++)
        if (!taken[i])
            order[at++] = rows[i];
    if (!s)
        memcpy(rows, order, n * sizeof *rows);
    free(taken);
    free(order);
    return s;
}

/* What nets are chosen from on a target. */
typedef struct choice {
    const lc_model *model;
    const lc__dataset *data;
    const char *device;
    size_t *rows; /* [n], the chosen ones first */
    size_t n;
} choice;

/* Chooses k more, given that the first `have` rows are chosen and measured. */
static lc_status choose(const choice *c, lc__method method, size_t have, size_t k, lc_error *err) {
    double *values = lc__gather(lc__table_column(&c->data->table, c->device), c->rows, have);
    size_t *chosen = malloc((k + 1) * sizeof *chosen);
    lc__selection from = {.model = c->model,
                          .points = c->data->points,
                          .measured = c->rows,
                          .values = values,
                          .n_measured = have,
                          .candidates = c->rows + have,
                          .n = c->n - have};
    lc_status s =
        values && chosen ? lc__select(&from, method, &k, chosen, err) : lc__no_memory(err);
    if (!s)
        s = bring_forward(c->rows + have, c->n - have, chosen, k, err);
    free(values);
    free(chosen);
    return s;
}

/* One after the other, once there are enough to adapt to. */
static lc_status choose_actively(const choice *c, size_t k, lc_error *err) {
    size_t have = k < ACTIVE_START ? k : ACTIVE_START;
    lc_status s = choose(c, LC__METHOD_plan, 0, have, err);
    for (; have < k && !s; have++)
        s = choose(c, LC__METHOD_active, have, 1, err);
    return s;
}

lc_status lc__draw_target(const lc__task *task, const lc__dataset *data, const lc_model *model,
                          const char *device, uint64_t seed, lc__method selection, size_t k,
                          lc__rows *out, lc_error *err) {
    lc_status s = lc__dataset_measured(data, device, &out->row, &out->n, err);
    if (s)
        return s;
    if (out->n < k + 2) {
        lc_error_set(err, LC_EFORMAT,
                     "%.80s has %zu measured nets: too few to adapt from %zu and score others; ask "
                     "for fewer --samples",
                     device, out->n, k);
        lc_error_in_file(err, data->path);
        return LC_EFORMAT;
    }
    size_t candidates = out->n < CANDIDATES ? out->n : CANDIDATES;
    if (candidates < k)
        candidates = k;
    draw(stream(task, device, seed), out->row, out->n, candidates);
    choice c = {model, data, device, out->row, candidates};
    return selection == LC__METHOD_active ? choose_actively(&c, k, err)
                                          : choose(&c, selection, 0, k, err);
}
