#include "choice_draft.h"

#include <math.h>
#include <stdlib.h>
#include "base/rng.h"
#include "linalg.h"
#include "predictor/batch.h"
#include "strange.h"

/* Random vectors whose columns must be the sums, and by how much they may miss, relative to the
 * column's largest. */
enum { CHECKS = 16 };
#define CHECK_TOLERANCE 1e-9

/* A query forecasts a net apart from its operators of strange families, unless it is far anyhow:
 * what is left of a net is no sum. */
static lc_status check_families(const lc__draft *d, const lc__point *point, lc_error *err) {
    lc_forecast f;
    if (!lc__is_strange(d->p->known, point))
        return LC_OK;
    lc_status st = lc__predictor_query_point(d->p, point, &f);
    if (st == LC_OK && f.novelty < LC_NOVELTY_FAR) {
        lc_error_set(err, LC_EUNSUPPORTED,
                     "some operators of %s are neither in the pool nor in the samples",
                     d->space->name);
        st = LC_EUNSUPPORTED;
    }
    return st;
}

static lc_status embed(const lc__draft *d, const int *choices, double *e, lc_error *err) {
    lc_net *net = NULL;
    lc__point point;
    lc_status st = lc_space_net(d->space, choices, d->space->n_positions, &net, err);
    if (st == LC_OK)
        st = lc__featurise(net, &point, err);
    if (st == LC_OK)
        st = check_families(d, &point, err);
    if (st == LC_OK)
        lc__embed(d->p->core, &point, e);
    lc_net_free(net);
    return st;
}

bool lc__draft_logarithm(const lc__draft *d, size_t column) {
    return (column >= LC__EMBED_LOG_SIZES && column < LC__EMBED_SOURCES) ||
           column >= LC__EMBED_SOURCES + d->p->core->n_sources;
}

size_t lc__draft_argument(const lc__draft *d, size_t column) {
    if (column < LC__EMBED_SOURCES)
        return column - LC__EMBED_LOG_SIZES + LC__EMBED_SIZES;
    return column - d->p->core->n_sources;
}

static void note_largest(lc__draft *d, const double *e) {
    for (size_t j = 0; j < d->size; j++)
        d->largest[j] = fmax(d->largest[j], fabs(e[j]));
}

static lc_status measure(lc__draft *d, lc_error *err) {
    int choices[LC_NET_MAX_CHOICES] = {0};
    lc_status st = embed(d, choices, d->base, err);
    note_largest(d, d->base);
    for (int i = 0; i < d->space->n_positions && st == LC_OK; i++) {
        for (int o = 1; o < d->space->n_options(i) && st == LC_OK; o++) {
            double *row = d->delta + (d->place[i] + (size_t)o) * d->size;
            choices[i] = o;
            st = embed(d, choices, row, err);
            note_largest(d, row);
            lc__axpy(d->size, -1, d->base, row);
        }
        choices[i] = 0;
    }
    return st;
}

/* Compares the sums with the columns of random nets. */
static lc_status check(lc__draft *d, double *e, lc_error *err) {
    uint64_t seed = 1;
    for (int k = 0; k < CHECKS; k++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_space_random(d->space, &seed, choices);
        lc_status st = embed(d, choices, e, err);
        if (st != LC_OK)
            return st;
        note_largest(d, e);
        lc__axpy(d->size, -1, d->base, e);
        for (int i = 0; i < d->space->n_positions; i++)
            lc__axpy(d->size, -1, d->delta + (d->place[i] + (size_t)choices[i]) * d->size, e);
        for (size_t j = 0; j < d->size; j++)
            if (!lc__draft_logarithm(d, j) && fabs(e[j]) > CHECK_TOLERANCE * d->largest[j]) {
                lc_error_set(err, LC_EUNSUPPORTED,
                             "the features of %s are no sums over its positions", d->space->name);
                return LC_EUNSUPPORTED;
            }
    }
    return LC_OK;
}

lc_status lc__draft_fill(lc__draft *d, lc_error *err) {
    d->base = lc__doubles(3, d->size, err);
    d->delta = lc__doubles(d->places, d->size, err);
    if (!d->base || !d->delta)
        return LC_ENOMEM;
    d->largest = d->base + d->size;
    lc_status st = measure(d, err);
    if (st == LC_OK)
        st = check(d, d->base + 2 * d->size, err);
    for (size_t k = 0; k < d->p->width; k++)
        if (lc__draft_logarithm(d, d->p->column[k]) && lc__column_counts(d->p, k))
            d->log_column[d->n_logs++] = d->p->column[k];
    return st;
}

void lc__draft_clear(lc__draft *d) {
    free(d->base);
    free(d->delta);
}
