/* Embedding frames: the pool's profiles and their principal axes. */
#include "embedding_frame.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "linalg.h"
#include "scale.h"

/* Axes are taken until they explain this share of how the pool's profiles differ. */
#define EXPLAINED 0.99

void lc__profile(const double *latency, size_t n, double *v) {
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        v[i] = log(latency[i]);
        mean += v[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        v[i] -= mean;
}

static lc_status take_nets(const lc_net *const *nets, size_t n, lc_embedding_frame *f,
                           lc_error *err) {
    f->n = n;
    f->points = malloc(n * sizeof *f->points);
    if (!f->points)
        return lc__no_memory(err);
    lc_status st = LC_OK;
    for (size_t i = 0; i < n && st == LC_OK; i++)
        st = lc__featurise(nets[i], &f->points[i], err);
    return st == LC_OK ? lc__costs_take(f->points, n, &f->costs, err) : st;
}

static lc_status take_devices(const lc__core *core, const lc_adapt_options *options,
                              lc_embedding_frame *f, lc_error *err) {
    bool without[LC__SOURCES_MAX];
    lc__mark_without(core, options, without);
    f->name = calloc(core->n_sources + 1, sizeof *f->name);
    f->latency = lc__doubles(core->n_sources, f->n, err);
    if (!f->name || !f->latency)
        return lc__no_memory(err);
    for (size_t d = 0; d < core->n_sources; d++) {
        const lc__source *s = &core->sources[d];
        if (without[d])
            continue;
        double *latency = f->latency + f->n_devices * f->n;
        for (size_t i = 0; i < f->n; i++) {
            double y = s->constant + lc__dot(LC__FEATURES, s->slope, f->points[i].x);
            latency[i] = fmax(y, s->floor);
        }
        memcpy(f->name[f->n_devices++], s->name, sizeof s->name);
    }
    return LC_OK;
}

/* ---- axes ---- */

/* Profiles less their mean: v[n_devices][n]. */
static void centre(lc_embedding_frame *f, double *v) {
    for (size_t d = 0; d < f->n_devices; d++) {
        lc__profile(f->latency + d * f->n, f->n, v + d * f->n);
        lc__axpy(f->n, 1 / (double)f->n_devices, v + d * f->n, f->mean);
    }
    for (size_t d = 0; d < f->n_devices; d++)
        lc__axpy(f->n, -1, f->mean, v + d * f->n);
}

/* Correlation of an axis over the nets with the share that cost k would have in each net's time. */
static double leaning(const lc_embedding_frame *f, const double *axis, size_t k) {
    const lc__costs *c = &f->costs;
    double mean = 0, square = 0, along = 0;
    for (int second = 0; second < 2; second++) {
        for (size_t i = 0; i < f->n; i++) {
            double total = 0;
            for (size_t l = 0; l < c->n_costs; l++)
                total += c->prior[l] * c->value[l * f->n + i];
            double share = c->value[k * f->n + i] / fmax(total, 1e-12);
            if (!second)
                mean += share / (double)f->n;
            square += second ? (share - mean) * (share - mean) : 0;
            along += second ? axis[i] * (share - mean) : 0;
        }
    }
    return square > 0 ? along / sqrt(square) : 0;
}

/* Turns an axis so that what it leans to most is its positive end, and names both ends. */
static void name_axis(lc_embedding_frame *f, size_t a) {
    double *axis = f->axis + a * f->n, lean[LC__COSTS_MAX];
    size_t most = 0, least = 0, n = f->costs.n_costs - 1; /* all but "fixed", the last */
    for (size_t k = 0; k < n; k++) {
        lean[k] = leaning(f, axis, k);
        most = lean[k] > lean[most] ? k : most;
        least = lean[k] < lean[least] ? k : least;
    }
    if (n > 0 && -lean[least] > lean[most]) {
        size_t keep = most;
        most = least;
        least = keep;
        for (size_t i = 0; i < f->n; i++)
            axis[i] = -axis[i];
    }
    snprintf(f->axis_name[a], sizeof f->axis_name[a], "%s - %s", n ? f->costs.name[most] : "?",
             n ? f->costs.name[least] : "?");
}

/* Axis a from eigenvector u of the profiles' Gram matrix: sum_d u_d v_d, scaled to length 1. */
static void take_axis(lc_embedding_frame *f, const double *v, const double *u, size_t a) {
    double *axis = f->axis + a * f->n;
    for (size_t d = 0; d < f->n_devices; d++)
        lc__axpy(f->n, u[d], v + d * f->n, axis);
    double length = sqrt(lc__dot(f->n, axis, axis));
    for (size_t i = 0; i < f->n; i++)
        axis[i] /= length;
    name_axis(f, a);
}

static lc_status find_axes(lc_embedding_frame *f, lc_error *err) {
    size_t m = f->n_devices;
    double *v = lc__doubles(m, f->n, err), *gram = lc__doubles(m + 1, m, err);
    f->mean = lc__doubles(f->n, 1, err);
    f->axis = lc__doubles(LC_EMBEDDING_MAX_AXES, f->n, err);
    lc_status st = v && gram && f->mean && f->axis ? LC_OK : LC_ENOMEM;
    if (st == LC_OK) {
        double *value = gram + m * m, total = 0, explained = 0;
        centre(f, v);
        lc__gemm(false, true, m, m, f->n, 1, v, v, 0, gram);
        st = lc__eigen(m, gram, value, err);
        for (size_t k = 0; k < m && st == LC_OK; k++)
            total += fmax(value[k], 0);
        while (st == LC_OK && f->n_axes + 1 < m && f->n_axes < LC_EMBEDDING_MAX_AXES &&
               explained < EXPLAINED * total) {
            size_t k = m - 1 - f->n_axes; /* values ascend */
            take_axis(f, v, gram + k * m, f->n_axes++);
            explained += fmax(value[k], 0);
        }
    }
    free(v);
    free(gram);
    return st;
}

lc_status lc_embedding_frame_new(const lc_model *model, const lc_net *const *nets, size_t n,
                                 const lc_adapt_options *options, lc_embedding_frame **out,
                                 lc_error *err) {
    if (n < LC_EMBEDDING_LEAST_NETS)
        return lc_error_set(err, LC_EUSAGE, "%zu reference nets are too few: %d at least", n,
                            LC_EMBEDDING_LEAST_NETS);
    lc_embedding_frame *f = calloc(1, sizeof *f);
    if (!f)
        return lc__no_memory(err);
    lc_status st = take_nets(nets, n, f, err);
    if (st == LC_OK)
        st = take_devices(model->core, options, f, err);
    if (st == LC_OK)
        st = find_axes(f, err);
    if (st == LC_OK)
        *out = f;
    else
        lc_embedding_frame_free(f);
    return st;
}

void lc_embedding_frame_free(lc_embedding_frame *f) {
    if (!f)
        return;
    lc__costs_clear(&f->costs);
    free(f->points);
    free(f->name);
    free(f->latency);
    free(f->mean);
    free(f->axis);
    free(f);
}

size_t lc_embedding_n_devices(const lc_embedding_frame *frame) {
    return frame->n_devices;
}

const char *lc_embedding_device_name(const lc_embedding_frame *frame, size_t i) {
    return i < frame->n_devices ? frame->name[i] : NULL;
}

size_t lc_embedding_n_axes(const lc_embedding_frame *frame) {
    return frame->n_axes;
}

const char *lc_embedding_axis_name(const lc_embedding_frame *frame, size_t i) {
    return i < frame->n_axes ? frame->axis_name[i] : NULL;
}

size_t lc_embedding_n_shares(const lc_embedding_frame *frame) {
    return frame->costs.n_costs;
}

const char *lc_embedding_share_name(const lc_embedding_frame *frame, size_t i) {
    return i < frame->costs.n_costs ? frame->costs.name[i] : NULL;
}
