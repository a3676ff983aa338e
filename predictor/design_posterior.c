/* The design under a posterior. The links disagree about the shape of what is not known; their
 * covariances are added in proportion to their probabilities, the logarithmic one's carried over
 * to latency by its slope there. */
#include <math.h>
#include <stdlib.h>
#include "adapted.h"
#include "design.h"
#include "linalg.h"

/* A link of less probability is left out: it costs as much time as the other. */
#define LEAST_MASS 0.05
/* Expected latencies are no less than this share of the shots' mean: linear forecasts may be. */
#define LEAST_MEAN 0.05

/* The candidates' columns in use and a 1: y[n][width + 1]. */
static void fill_rows(const lc__design *d, const lc_predictor *p, double *y) {
    double u[LC__EMBED_MAX];
    for (size_t i = 0; i < d->n; i++) {
        lc__standardise(p->core, &p->scale, d->point[i], u);
        for (size_t k = 0; k < p->width; k++)
            *y++ = u[p->column[k]];
        *y++ = 1;
    }
}

/* Adds a link's part; slope[n] and form[n][n] are scratch. */
static lc_status add_link(lc__design *d, const lc_predictor *p, int link, double share,
                          const double *y, double *slope, double *form, lc_error *err) {
    const lc__moments *m = &p->moments[link];
    lc_status st = lc__link_form(p, link, y, d->n, form, err);
    for (size_t i = 0; i < d->n && st == LC_OK; i++) {
        double f = lc__dot(p->width + 1, m->mean, y + i * (p->width + 1));
        double latency = fmax(link == LC__LINK_LOG ? lc__from_log(f) : f, LEAST_MEAN);
        slope[i] = link == LC__LINK_LOG ? latency : 1;
        d->mean[i] += share * latency;
        d->noise[i] += share * p->inflation * m->noise * slope[i] * slope[i];
    }
    for (size_t i = 0; i < d->n && st == LC_OK; i++)
        for (size_t j = 0; j < d->n; j++)
            d->cov[i * d->n + j] += share * p->inflation * slope[i] * slope[j] * form[i * d->n + j];
    return st;
}

static lc_status fill_posterior(lc__design *d, const lc__selection *from,
                                const lc_predictor *predictor, size_t n_open, lc_error *err) {
    lc_status st = lc__design_alloc(d, from, n_open, err);
    if (st != LC_OK)
        return st;
    size_t n = d->n;
    double *y = lc__doubles(n, predictor->width + 1, err);
    double *form = lc__doubles(n + 1, n, err), mass[LC__LINKS], total = 0;
    st = y && form ? LC_OK : LC_ENOMEM;
    for (int link = 0; link < LC__LINKS; link++) {
        mass[link] = predictor->moments[link].mass;
        mass[link] = mass[link] < LEAST_MASS ? 0 : mass[link];
        total += mass[link];
    }
    if (st == LC_OK)
        fill_rows(d, predictor, y);
    for (int link = 0; link < LC__LINKS && st == LC_OK; link++)
        if (mass[link] > 0)
            st = add_link(d, predictor, link, mass[link] / total, y, form + n * n, form, err);
    d->unit = predictor->unit;
    free(y);
    free(form);
    /* The posterior knows the values of what is measured; only that it is not to be repeated is
     * left to be said. */
    for (size_t i = n_open; i < n && st == LC_OK; i++)
        for (size_t j = 0; j < n; j++)
            d->closed[j] = d->closed[j] || lc__same_net(d->point[i], d->point[j]);
    return st;
}

lc_status lc__design_make(lc__design *d, const lc__selection *from, bool adapted, size_t most,
                          lc_predictor **predictor, lc_error *err) {
    size_t n_open = from->n < most ? from->n : most;
    *d = (lc__design){0};
    *predictor = NULL;
    if (!adapted || from->n_measured == 0 || !from->values)
        return lc__design_prior(d, from, n_open, err);
    lc__shot_rows nets = {from->measured, from->values, from->n_measured};
    lc_status st = lc__predictor_adapt_mixed(from->model, from->points, &nets, &from->operators,
                                             from->options, predictor, err);
    return st == LC_OK ? fill_posterior(d, from, *predictor, n_open, err) : st;
}
