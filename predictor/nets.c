/* The public functions over nets: featurise, then as over points. */
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "predictor/batch.h"
#include "predictor/selection.h"
#include "repeats.h"

/* Points of nets, and the rows 0 .. n - 1. */
typedef struct featurised {
    lc__point *points;
    size_t *rows;
} featurised;

static void featurised_clear(featurised *f) {
    free(f->points);
    free(f->rows);
}

static lc_status featurised_alloc(featurised *f, size_t n, lc_error *err) {
    f->points = calloc(n ? n : 1, sizeof *f->points);
    f->rows = calloc(n ? n : 1, sizeof *f->rows);
    if (!f->points || !f->rows)
        return lc_error_set(err, LC_ENOMEM, "out of memory for the features of %zu nets", n);
    for (size_t i = 0; i < n; i++)
        f->rows[i] = i;
    return LC_OK;
}

static lc_status featurise_all(const lc_net *const *nets, size_t n, lc__point *points,
                               lc_error *err) {
    lc_status st = LC_OK;
    for (size_t i = 0; i < n && st == LC_OK; i++)
        st = lc__featurise(nets[i], &points[i], err);
    return st;
}

/* Rows and values[n] of the shots, those of nets first; returns how many these are. */
static size_t part_shots(const lc_shots *shots, size_t *rows, double *values) {
    size_t n = 0, at = 0;
    for (int kind = LC_SAMPLE_NET; kind <= LC_SAMPLE_OP; kind++) {
        for (size_t i = 0; i < shots->n; i++) {
            if ((shots->kinds ? shots->kinds[i] : LC_SAMPLE_NET) != (lc_sample_kind)kind)
                continue;
            rows[at] = i;
            values[at++] = shots->values[i];
        }
        if (kind == LC_SAMPLE_NET)
            n = at;
    }
    return n;
}

/* Whether repeats can be merged; values that are not positive are refused where all are checked. */
static bool are_positive(const double *values, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!(values[i] > 0) || !isfinite(values[i]))
            return false;
    return true;
}

/* Adapts to shots[rows] whose first n are nets. */
static lc_status adapt_to(const lc_model *model, const lc_shots *shots, const featurised *f,
                          double *values, size_t n, const lc_adapt_options *options,
                          lc_predictor **out, lc_error *err) {
    lc__repeats repeats;
    lc__shot_rows operators = {f->rows + n, values + n, shots->n - n};
    if (!are_positive(values, n)) {
        lc__shot_rows all = {f->rows, values, n};
        return lc__predictor_adapt_mixed(model, f->points, &all, &operators, options, out, err);
    }
    lc_status st = lc__repeats_find(shots->nets, f->rows, n, &repeats, err);
    if (st == LC_OK)
        st = lc__repeats_merge(&repeats, f->rows, values, err);
    lc__shot_rows nets = {f->rows, values, repeats.n_different};
    lc_predictor *p = NULL;
    if (st == LC_OK)
        st = lc__predictor_adapt_mixed(model, f->points, &nets, &operators, options, &p, err);
    if (st == LC_OK)
        st = lc__repeats_spread_trust(&repeats, p, err);
    lc__repeats_clear(&repeats);
    if (st == LC_OK)
        *out = p;
    else
        lc_predictor_free(p);
    return st;
}

lc_status lc_predictor_adapt(const lc_model *model, const lc_shots *shots,
                             const lc_adapt_options *options, lc_predictor **out, lc_error *err) {
    featurised f = {0};
    double *values = calloc(shots->n + 1, sizeof *values);
    lc_status st = values ? featurised_alloc(&f, shots->n, err) : lc__no_memory(err);
    if (st == LC_OK)
        st = featurise_all(shots->nets, shots->n, f.points, err);
    if (st == LC_OK) {
        size_t n = part_shots(shots, f.rows, values);
        st = adapt_to(model, shots, &f, values, n, options, out, err);
    }
    featurised_clear(&f);
    free(values);
    return st;
}

lc_status lc_model_select(const lc_model *model, const lc_net *const *measured, size_t n_measured,
                          const lc_net *const *candidates, size_t n, size_t k,
                          const lc_adapt_options *options, size_t *chosen, lc_error *err) {
    featurised f = {0};
    lc_status st = featurised_alloc(&f, n + n_measured, err);
    if (st == LC_OK)
        st = featurise_all(candidates, n, f.points, err);
    if (st == LC_OK)
        st = featurise_all(measured, n_measured, f.points + n, err);
    lc__selection from = {.model = model,
                          .points = f.points,
                          .measured = f.rows + n,
                          .n_measured = n_measured,
                          .candidates = f.rows,
                          .n = n,
                          .options = options};
    if (st == LC_OK)
        st = lc__select(&from, LC__METHOD_plan, &k, chosen, err);
    featurised_clear(&f);
    return st;
}
