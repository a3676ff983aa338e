/* Compiles forecasts into sums over positions.
 *
 * Embedded columns, but for the logarithms, are linear in the features of a net, so they are sums
 * where the features are. With them the links' means, the arguments of the logarithms, and the
 * linear forms whose squares make the novelty and the variance. Of these last there are more than
 * the nets of the space have dimensions: they are turned onto an orthonormal basis first. */
#include "choice_draft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "basis.h"
#include "lanes.h"
#include "linalg.h"

/* Directions with less of the largest variance are left out. */
#define VARIANCE_TOLERANCE 1e-11

static lc_status sums_alloc(size_t n, size_t places, lc__sums *out, lc_error *err) {
    out->n = (n + LC__LANES - 1) / LC__LANES * LC__LANES;
    out->base = lc__doubles(out->n, 1, err);
    out->row = lc__doubles(places, out->n, err);
    return out->base && out->row ? LC_OK : LC_ENOMEM;
}

static void sums_clear(lc__sums *s) {
    free(s->base);
    free(s->row);
}

/* The sums form[n][size] . e + constant[n]. */
static lc_status sums_of(const lc__draft *d, const double *form, const double *constant, size_t n,
                         lc__sums *out, lc_error *err) {
    lc_status st = sums_alloc(n, d->places, out, err);
    if (st != LC_OK)
        return st;
    for (size_t k = 0; k < n; k++) {
        const double *f = form + k * d->size;
        out->base[k] = lc__dot(d->size, f, d->base) + constant[k];
        for (size_t r = 0; r < d->places; r++)
            out->row[r * out->n + k] = lc__dot(d->size, f, d->delta + r * d->size);
    }
    return LC_OK;
}

static lc_status make_mean(const lc__draft *d, lc__choice_sums *out, lc_error *err) {
    size_t n = LC__SUM_LOGS + d->n_logs;
    double *form = lc__doubles(n, d->size, err), *constant = lc__doubles(n, 1, err);
    lc_status st = form && constant ? LC_OK : LC_ENOMEM;
    for (int link = 0; link < LC__LINKS && st == LC_OK; link++) {
        double *f = form + (size_t)(LC__SUM_LINKS + link) * d->size;
        constant[LC__SUM_LINKS + link] = lc__link_slopes(d->p, link, f);
        for (size_t k = 0; k < d->n_logs; k++) {
            out->slope[link][k] = f[d->log_column[k]];
            f[d->log_column[k]] = 0;
        }
    }
    if (st == LC_OK) {
        double *size = form + LC__SUM_SIZE * d->size;
        if (d->p->rate_by_sum)
            size[LC__EMBED_SIZES + LC__OPERATORS_VARIANT] = d->p->shot_size;
        else
            size[LC__EMBED_COARSE + LC__RATE_COLUMN] = 1;
        for (size_t k = 0; k < d->n_logs; k++)
            form[(LC__SUM_LOGS + k) * d->size + lc__draft_argument(d, d->log_column[k])] = 1;
        st = sums_of(d, form, constant, n, &out->mean, err);
    }
    free(form);
    free(constant);
    return st;
}

/* Makes |in|^2 = off + |out|^2 with no more sums than the rows have dimensions. */
static lc_status sums_turn(const lc__sums *in, size_t places, lc__sums *out, double *off,
                           lc_error *err) {
    size_t m = in->n;
    double *row = lc__doubles(places, m, err), *basis = lc__doubles(m, m, err);
    lc_status st = row && basis ? LC_OK : LC_ENOMEM;
    if (st == LC_OK) {
        memcpy(row, in->row, places * m * sizeof *row);
        size_t rank = lc__basis(places, m, row, basis);
        st = sums_alloc(rank, places, out, err);
        *off = lc__dot(m, in->base, in->base);
        for (size_t k = 0; k < rank && st == LC_OK; k++) {
            const double *q = basis + k * m;
            out->base[k] = lc__dot(m, q, in->base);
            *off -= out->base[k] * out->base[k];
            for (size_t r = 0; r < places; r++)
                out->row[r * out->n + k] = lc__dot(m, q, in->row + r * m);
        }
        *off = fmax(*off, 0);
    }
    free(row);
    free(basis);
    return st;
}

static lc_status make_region(const lc__draft *d, const lc__region *region, lc__choice_region *out,
                             lc_error *err) {
    enum { N = LC__COL_FINE };
    double *form = lc__doubles(N, d->size, err), *small = lc__doubles(N, N, err), constant[N];
    lc__sums all = {0};
    lc_status st = form && small ? LC_OK : LC_ENOMEM;
    if (st == LC_OK) {
        lc__region_forms(region, small, constant);
        for (size_t k = 0; k < N; k++)
            memcpy(form + k * d->size + LC__EMBED_COARSE, small + k * N, N * sizeof *form);
        st = sums_of(d, form, constant, N, &all, err);
    }
    if (st == LC_OK)
        st = sums_turn(&all, d->places, &out->sums, &out->off, err);
    out->radius = region->radius;
    sums_clear(&all);
    free(form);
    free(small);
    return st;
}

/* The regions, that of the space's first net first: where a net is inside of one, the others need
 * not be asked for its mean forecast. */
static lc_status make_regions(const lc__draft *d, lc__choice_sums *out, lc_error *err) {
    const lc_predictor *p = d->p;
    size_t n = p->core->n_regions + p->has_region, nearest = 0;
    out->region = calloc(n ? n : 1, sizeof *out->region);
    if (!out->region)
        return lc_error_set(err, LC_ENOMEM, "out of memory for %zu regions", n);
    double least = INFINITY;
    lc_status st = LC_OK;
    for (size_t g = 0; g < n && st == LC_OK; g++) {
        const lc__region *region = g < p->core->n_regions ? &p->core->regions[g] : &p->region;
        double distance = lc__region_distance(region, d->base + LC__EMBED_COARSE);
        nearest = distance < least ? g : nearest;
        least = fmin(least, distance);
        st = make_region(d, region, &out->region[out->n_regions++], err);
    }
    lc__choice_region first = out->region[0];
    out->region[0] = out->region[nearest];
    out->region[nearest] = first;
    return st;
}

/* The columns in use of all nets lie on: the base, plus combinations of `rank` directions and of
 * the logarithms. */
typedef struct frame {
    size_t rank, order; /* order = rank + n_logs + 1 */
    double *vector;     /* [order][width + 1]: directions, logarithms, base */
    double *along;      /* [places][rank] */
} frame;

/* Standardised changes of the columns in use, logarithms left out: row[places][width]. */
static void standard_rows(const lc__draft *d, double *row) {
    const lc_predictor *p = d->p;
    for (size_t r = 0; r < d->places; r++)
        for (size_t k = 0; k < p->width; k++) {
            size_t j = p->column[k];
            if (!lc__draft_logarithm(d, j))
                row[r * p->width + k] = d->delta[r * d->size + j] * p->scale.gain[j];
        }
}

static void frame_vectors(const lc__draft *d, const double *basis, frame *f) {
    const lc_predictor *p = d->p;
    size_t width = p->width;
    double *base = f->vector + (f->order - 1) * (width + 1);
    size_t logs = 0;
    for (size_t k = 0; k < f->rank; k++)
        memcpy(f->vector + k * (width + 1), basis + k * width, width * sizeof *basis);
    for (size_t k = 0; k < width; k++) {
        size_t j = p->column[k];
        base[k] = -p->scale.mean[j] * p->scale.gain[j];
        if (!lc__draft_logarithm(d, j))
            base[k] += d->base[j] * p->scale.gain[j];
        else if (logs < d->n_logs && d->log_column[logs] == j)
            f->vector[(f->rank + logs++) * (width + 1) + k] = p->scale.gain[j];
    }
    base[width] = 1;
}

static lc_status frame_make(const lc__draft *d, frame *f, lc_error *err) {
    size_t width = d->p->width, most = d->places < width ? d->places : width;
    double *row = lc__doubles(2 * d->places, width, err), *basis = lc__doubles(most, width, err);
    lc_status st = row && basis ? LC_OK : LC_ENOMEM;
    if (st == LC_OK) {
        double *kept = row + d->places * width;
        standard_rows(d, row);
        memcpy(kept, row, d->places * width * sizeof *row);
        f->rank = lc__basis(d->places, width, row, basis);
        f->order = f->rank + d->n_logs + 1;
        f->vector = lc__doubles(f->order, width + 1, err);
        f->along = lc__doubles(d->places, f->rank, err);
        st = f->vector && f->along ? LC_OK : LC_ENOMEM;
        if (st == LC_OK) {
            frame_vectors(d, basis, f);
            lc__gemm(false, true, d->places, f->rank, width, 1, kept, basis, 0, f->along);
        }
    }
    free(row);
    free(basis);
    return st;
}

static void frame_clear(frame *f) {
    free(f->vector);
    free(f->along);
}

/* Variance as |axis z|^2, z the coordinates in the frame: leaves axis[returned][order] at the start
 * of form[order][order]. */
static lc_status variance_axes(size_t order, double *form, double *value, size_t *n,
                               lc_error *err) {
    lc_status st = lc__eigen(order, form, value, err);
    *n = 0;
    for (size_t k = 0; k < order && st == LC_OK; k++) {
        if (value[k] <= VARIANCE_TOLERANCE * value[order - 1])
            continue;
        double *axis = form + (*n)++ * order;
        memmove(axis, form + k * order, order * sizeof *axis);
        for (size_t j = 0; j < order; j++)
            axis[j] *= sqrt(value[k]);
    }
    return st;
}

static lc_status make_spread(const lc__draft *d, const frame *f, int link, lc__choice_sums *out,
                             lc_error *err) {
    size_t order = f->order, n = 0;
    double *form = lc__doubles(order, order, err), *value = lc__doubles(order, 1, err);
    lc__sums *s = &out->spread[link];
    lc_status st = form && value ? LC_OK : LC_ENOMEM;
    if (st == LC_OK)
        st = lc__link_form(d->p, link, f->vector, order, form, err);
    if (st == LC_OK)
        st = variance_axes(order, form, value, &n, err);
    if (st == LC_OK)
        st = sums_alloc(n, d->places, s, err);
    if (st == LC_OK) {
        out->spread_slope[link] = lc__doubles(d->n_logs, s->n, err);
        st = out->spread_slope[link] ? LC_OK : LC_ENOMEM;
    }
    for (size_t k = 0; k < n && st == LC_OK; k++) {
        const double *axis = form + k * order;
        s->base[k] = axis[order - 1];
        for (size_t r = 0; r < d->places; r++)
            s->row[r * s->n + k] = lc__dot(f->rank, axis, f->along + r * f->rank);
        for (size_t j = 0; j < d->n_logs; j++)
            out->spread_slope[link][j * s->n + k] = axis[f->rank + j];
    }
    free(form);
    free(value);
    return st;
}

static lc_status make_spreads(const lc__draft *d, lc__choice_sums *out, lc_error *err) {
    frame f = {0};
    lc_status st = frame_make(d, &f, err);
    for (int link = 0; link < LC__LINKS && st == LC_OK; link++)
        if (d->p->moments[link].mass > 0)
            st = make_spread(d, &f, link, out, err);
    frame_clear(&f);
    return st;
}

static lc_status make_floors(const lc__draft *d, lc__choice_sums *out, lc_error *err) {
    out->n_logs = d->n_logs;
    out->floor = lc__doubles(1 + LC__LINKS, d->n_logs, err);
    if (!out->floor)
        return LC_ENOMEM;
    for (int link = 0; link < LC__LINKS; link++)
        out->slope[link] = out->floor + (size_t)(1 + link) * d->n_logs;
    for (size_t k = 0; k < d->n_logs; k++) {
        size_t j = lc__draft_argument(d, d->log_column[k]);
        out->floor[k] = j < LC__EMBED_SOURCES ? LC__SIZE_FLOOR
                                              : d->p->core->sources[j - LC__EMBED_SOURCES].floor;
    }
    return LC_OK;
}

lc_status lc__choice_sums_make(const lc_predictor *p, const lc_space *space, const size_t *place,
                               lc__choice_sums *out, lc_error *err) {
    lc__draft d = {.p = p,
                   .space = space,
                   .place = place,
                   .places = place[space->n_positions],
                   .size = lc__embed_size(p->core)};
    lc_status st = lc__draft_fill(&d, err);
    if (st == LC_OK)
        st = make_floors(&d, out, err);
    if (st == LC_OK)
        st = make_mean(&d, out, err);
    if (st == LC_OK)
        st = make_regions(&d, out, err);
    if (st == LC_OK)
        st = make_spreads(&d, out, err);
    lc__draft_clear(&d);
    return st;
}

void lc__choice_sums_clear(lc__choice_sums *s) {
    sums_clear(&s->mean);
    for (size_t g = 0; g < s->n_regions; g++)
        sums_clear(&s->region[g].sums);
    for (int link = 0; link < LC__LINKS; link++) {
        sums_clear(&s->spread[link]);
        free(s->spread_slope[link]);
    }
    free(s->region);
    free(s->floor);
}
