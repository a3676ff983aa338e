/* Embeddings of devices in a frame. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "adapted.h"
#include "base/memory.h"
#include "base/rank.h"
#include "embedding_frame.h"
#include "linalg.h"
#include "predictor/batch.h"

struct lc_embedding {
    size_t n;
    double *profile; /* [n] */
    double outside;
    lc_embedding_value axis[LC_EMBEDDING_MAX_AXES], share[LC__COSTS_MAX];
};

/* Latencies under the linear link below this share of the shots' mean count as it here. */
#define LEAST 0.05

/* Coordinates and what they leave, from the profile. */
static lc_status project(const lc_embedding_frame *f, lc_embedding *e, lc_error *err) {
    double *rest = lc__doubles(f->n, 1, err);
    if (!rest)
        return LC_ENOMEM;
    memcpy(rest, e->profile, f->n * sizeof *rest);
    lc__axpy(f->n, -1, f->mean, rest);
    for (size_t a = 0; a < f->n_axes; a++) {
        const double *axis = f->axis + a * f->n;
        double along = lc__dot(f->n, axis, rest);
        lc__axpy(f->n, -along, axis, rest);
        e->axis[a].value = along / sqrt((double)f->n);
    }
    e->outside = sqrt(lc__dot(f->n, rest, rest) / (double)f->n);
    free(rest);
    return LC_OK;
}

static void take_shares(const lc_embedding_frame *f, const double *latency, lc_embedding *e) {
    double share[LC__COSTS_MAX];
    lc__costs_split(&f->costs, latency, share);
    for (size_t k = 0; k < f->costs.n_costs; k++)
        e->share[k].value = share[k];
}

/* An embedding without its uncertainty. */
static lc_status embed(const lc_embedding_frame *f, const double *latency, lc_embedding **out,
                       lc_error *err) {
    lc_embedding *e = calloc(1, sizeof *e);
    if (!e)
        return lc__no_memory(err);
    e->n = f->n;
    e->profile = lc__doubles(f->n, 1, err);
    lc_status st = e->profile ? LC_OK : LC_ENOMEM;
    if (st == LC_OK) {
        lc__profile(latency, f->n, e->profile);
        take_shares(f, latency, e);
        st = project(f, e, err);
    }
    if (st == LC_OK)
        *out = e;
    else
        lc_embedding_free(e);
    return st;
}

lc_status lc_embedding_of_device(const lc_embedding_frame *frame, size_t i, lc_embedding **out,
                                 lc_error *err) {
    if (i >= frame->n_devices)
        return lc_error_set(err, LC_EUSAGE, "the frame has no device %zu", i);
    return embed(frame, frame->latency + i * frame->n, out, err);
}

/* ---- uncertainty ---- */

/* Scratch of a predictor's covariances. */
typedef struct spread {
    size_t order;        /* width + 1 */
    double *u;           /* [n][scale.size] standardised columns of the nets */
    double *combination; /* [n_axes][order] */
    double *form;        /* [n_axes][n_axes] */
    double coordinate[LC_EMBEDDING_MAX_AXES];
} spread;

/* What link `link` alone says of the coordinates: s->coordinate, and to first order their
 * combinations of columns, s->combination. The logarithm of a latency f has the slope 1 / f. */
static void combine(const lc_embedding_frame *f, const lc_predictor *p, int link, spread *s) {
    const lc__moments *m = &p->moments[link];
    double root = sqrt((double)f->n);
    memset(s->combination, 0, f->n_axes * s->order * sizeof *s->combination);
    memset(s->coordinate, 0, sizeof s->coordinate);
    for (size_t i = 0; i < f->n; i++) {
        const double *u = s->u + i * p->scale.size;
        double value = m->mean[p->width];
        for (size_t k = 0; k < p->width; k++)
            value += m->mean[k] * u[p->column[k]];
        bool linear = link == LC__LINK_LINEAR;
        double slope = linear ? 1 / fmax(value, LEAST) : 1;
        double logarithm = linear ? log(fmax(value, LEAST)) : value;
        for (size_t a = 0; a < f->n_axes; a++) {
            double weight = f->axis[a * f->n + i] / root;
            double *row = s->combination + a * s->order;
            s->coordinate[a] += weight * (logarithm - f->mean[i]);
            for (size_t k = 0; k < p->width; k++)
                row[k] += weight * slope * u[p->column[k]];
            row[p->width] += weight * slope;
        }
    }
}

/* Variances of the coordinates over the posterior, both links together. */
static lc_status add_variance(const lc_embedding_frame *f, const lc_predictor *p, spread *s,
                              lc_embedding *e, lc_error *err) {
    double mass = p->moments[LC__LINK_LINEAR].mass + p->moments[LC__LINK_LOG].mass;
    for (int link = 0; link < LC__LINKS; link++) {
        double weight = p->moments[link].mass / mass;
        if (weight <= 0)
            continue;
        combine(f, p, link, s);
        lc_status st = lc__link_form(p, link, s->combination, f->n_axes, s->form, err);
        if (st != LC_OK)
            return st;
        for (size_t a = 0; a < f->n_axes; a++) {
            double off = s->coordinate[a] - e->axis[a].value;
            double variance = fmax(s->form[a * f->n_axes + a], 0) * p->inflation;
            e->axis[a].std += weight * (variance + off * off);
        }
    }
    for (size_t a = 0; a < f->n_axes; a++)
        e->axis[a].std = sqrt(e->axis[a].std);
    return LC_OK;
}

/* How sure the shares are: what they change by when the profile moves along each axis by its
 * standard deviation, one way and the other. */
static void spread_shares(const lc_embedding_frame *f, const double *latency, double *scratch,
                          lc_embedding *e) {
    double low[LC__COSTS_MAX], high[LC__COSTS_MAX], root = sqrt((double)f->n);
    for (size_t a = 0; a < f->n_axes; a++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            double step = sign * e->axis[a].std * root;
            for (size_t i = 0; i < f->n; i++)
                scratch[i] = latency[i] * exp(step * f->axis[a * f->n + i]);
            lc__costs_split(&f->costs, scratch, sign < 0 ? low : high);
        }
        for (size_t k = 0; k < f->costs.n_costs; k++)
            e->share[k].std += 0.25 * (high[k] - low[k]) * (high[k] - low[k]);
    }
    for (size_t k = 0; k < f->costs.n_costs; k++)
        e->share[k].std = sqrt(e->share[k].std);
}

static lc_status measure_spread(const lc_embedding_frame *f, const lc_predictor *p,
                                const double *latency, lc_embedding *e, lc_error *err) {
    spread s = {.order = p->width + 1};
    s.u = lc__doubles(f->n, p->scale.size, err);
    s.combination = lc__doubles(f->n_axes, s.order, err);
    s.form = lc__doubles(f->n_axes, f->n_axes, err);
    double *scratch = lc__doubles(f->n, 1, err);
    lc_status st = s.u && s.combination && s.form && scratch ? LC_OK : LC_ENOMEM;
    if (st == LC_OK) {
        for (size_t i = 0; i < f->n; i++)
            lc__standardise(p->core, &p->scale, &f->points[i], s.u + i * p->scale.size);
        st = add_variance(f, p, &s, e, err);
    }
    if (st == LC_OK)
        spread_shares(f, latency, scratch, e);
    free(s.u);
    free(s.combination);
    free(s.form);
    free(scratch);
    return st;
}

lc_status lc_embedding_of_predictor(const lc_embedding_frame *frame, const lc_predictor *predictor,
                                    lc_embedding **out, lc_error *err) {
    double *latency = lc__doubles(frame->n, 1, err);
    lc_embedding *e = NULL;
    lc_status st = latency ? LC_OK : LC_ENOMEM;
    for (size_t i = 0; i < frame->n && st == LC_OK; i++) {
        lc_forecast forecast;
        st = lc__predictor_query_point(predictor, &frame->points[i], &forecast);
        latency[i] = forecast.latency;
    }
    if (st == LC_OK)
        st = embed(frame, latency, &e, err);
    if (st == LC_OK)
        st = measure_spread(frame, predictor, latency, e, err);
    free(latency);
    if (st == LC_OK)
        *out = e;
    else
        lc_embedding_free(e);
    return st;
}

/* ---- what is in it ---- */

void lc_embedding_free(lc_embedding *embedding) {
    if (!embedding)
        return;
    free(embedding->profile);
    free(embedding);
}

const lc_embedding_value *lc_embedding_axes(const lc_embedding *embedding) {
    return embedding->axis;
}

const lc_embedding_value *lc_embedding_shares(const lc_embedding *embedding) {
    return embedding->share;
}

double lc_embedding_outside(const lc_embedding *embedding) {
    return embedding->outside;
}

double lc_embedding_distance(const lc_embedding *a, const lc_embedding *b) {
    double sum = 0;
    for (size_t i = 0; i < a->n; i++)
        sum += (a->profile[i] - b->profile[i]) * (a->profile[i] - b->profile[i]);
    return sqrt(sum / (double)a->n);
}

lc_status lc_embedding_rank(const lc_embedding *a, const lc_embedding *b, double *rho,
                            lc_error *err) {
    *rho = lc__spearman(a->profile, b->profile, a->n);
    return isnan(*rho) ? lc__no_memory(err) : LC_OK;
}
