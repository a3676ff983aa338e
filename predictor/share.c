/* How much of a forecast the source devices carry. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "adapted.h"
#include "linalg.h"

/* What column k adds to the mean forecast. */
static double part(const lc_predictor *p, int link, size_t k, const double *u) {
    return p->moments[link].mean[k] * u[p->column[k]];
}

static bool is_source(size_t column) {
    return column >= LC__EMBED_SOURCES;
}

/* Covariance over the shots between column k's part of the mean forecast and the whole. */
static double explained(const lc_predictor *p, int link, size_t k, const double *u, size_t n,
                        const double *whole) {
    double mean = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        mean += part(p, link, k, u + i * p->scale.size) / (double)n;
    for (size_t i = 0; i < n; i++)
        sum += (part(p, link, k, u + i * p->scale.size) - mean) * whole[i];
    return sum;
}

/* The deviations of the mean forecast over the shots from their own mean: whole[n]. */
static void deviations(const lc_predictor *p, int link, const double *u, size_t n, double *whole) {
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        whole[i] = 0;
        for (size_t k = 0; k < p->width; k++)
            whole[i] += part(p, link, k, u + i * p->scale.size);
        mean += whole[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        whole[i] -= mean;
}

/* Adds a link's shares, which sum to its mass. */
static void add_link(lc_predictor *p, int link, const double *u, size_t n, double *whole) {
    size_t n_sources = p->core->n_sources;
    double own[LC__SOURCES_MAX] = {0}, physical = 0, total = 0;
    deviations(p, link, u, n, whole);
    for (size_t k = 0; k < p->width; k++) {
        double e = explained(p, link, k, u, n, whole);
        if (is_source(p->column[k]))
            own[(p->column[k] - LC__EMBED_SOURCES) % n_sources] += e;
        else
            physical += e;
    }
    /* A part that works against the others explains nothing by itself. */
    total = physical = fmax(physical, 0);
    for (size_t i = 0; i < n_sources; i++) {
        own[i] = fmax(own[i], 0);
        total += own[i];
    }
    double mass = p->moments[link].mass;
    if (!(total > 1e-24)) { /* the forecast is a constant: nothing but the features' presence */
        p->physical_share += mass;
        return;
    }
    p->physical_share += mass * physical / total;
    for (size_t i = 0; i < n_sources; i++)
        p->source_share[i] += mass * own[i] / total;
}

lc_status lc__share_sources(lc_predictor *p, const double *u, size_t n, lc_error *err) {
    double *whole = lc__doubles(n, 1, err), sum = 0;
    if (!whole)
        return LC_ENOMEM;
    for (int link = 0; link < LC__LINKS; link++)
        add_link(p, link, u, n, whole);
    for (size_t i = 0; i < p->core->n_sources; i++)
        sum += p->source_share[i];
    sum += p->physical_share;
    for (size_t i = 0; i < p->core->n_sources; i++)
        p->source_share[i] /= sum;
    p->physical_share /= sum;
    free(whole);
    return LC_OK;
}

lc_status lc_predictor_sources(const lc_predictor *p, double *weight, double *physical) {
    memcpy(weight, p->source_share, p->core->n_sources * sizeof *weight);
    *physical = p->physical_share;
    return LC_OK;
}
