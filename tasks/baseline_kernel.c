/* Baselines that know the target's own samples alone. A net is its vector of choices; two nets are
 * alike as far as they choose the same at the same positions.
 *
 *   lut      a constant and a table of what each choice adds at each position: ridge regression on
 *            the one-hot choices, the usual stand-in for a measured block table
 *   scratch  a Gaussian process with the kernel exp(-h / length), h the share of positions at which
 *            two nets differ: a regressor trained from nothing, as the few-shot papers compare with
 *
 * Nets without choices are told apart by logarithms of their cost totals instead (scratch alone).
 * Ridge and length are those with the least leave-one-out error over a small grid.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "baselines.h"
#include "predictor/linalg.h"

typedef struct machine {
    size_t n;
    size_t *rows;  /* [n] of the shots */
    double *alpha; /* [n] */
    double mean;
    double length; /* of the kernel; 0: it is linear */
} machine;

static const double lengths[] = {0.25, 1, 4};
static const double ridges[] = {1e-3, 1e-2, 1e-1, 1, 10};

static double log_ratio(double a, double b) {
    return fabs(log((1 + a) / (1 + b)));
}

/* How much two nets differ: the share of choices, 0 .. 1, or the mean |log ratio| of their
 * costs. */
static double difference(const lc__dataset *data, size_t a, size_t b) {
    size_t n = data->n_choices, unlike = 0;
    const lc_cost *p = &data->costs[a], *q = &data->costs[b];
    if (!n)
        return (log_ratio(p->macs, q->macs) + log_ratio(p->weight_bytes, q->weight_bytes) +
                log_ratio(p->bytes_read + p->bytes_written, q->bytes_read + q->bytes_written)) /
               3;
    const unsigned char *x = data->choices + a * n, *y = data->choices + b * n;
    for (size_t i = 0; i < n; i++)
        unlike += x[i] != y[i];
    return (double)unlike / (double)n;
}

static double kernel(const lc__dataset *data, double length, size_t a, size_t b) {
    double h = difference(data, a, b);
    return length > 0 ? exp(-h / length) : 1 - h;
}

/* Leave-one-out error of ridge `ridge` from the decomposition K = sum value[k] v_k v_k', rows of v,
 * and g = V y: residual over leverage, for all shots at once. Leaves (K + ridge)^-1 y in alpha. */
static double leave_one_out(size_t n, const double *v, const double *value, const double *g,
                            double ridge, double *alpha) {
    double error = 0;
    for (size_t i = 0; i < n; i++) {
        double inverse = 0;
        alpha[i] = 0;
        for (size_t k = 0; k < n; k++) {
            double gain = 1 / (fmax(value[k], 0) + ridge);
            alpha[i] += gain * v[k * n + i] * g[k];
            inverse += gain * v[k * n + i] * v[k * n + i];
        }
        double left_out = alpha[i] / inverse;
        error += left_out * left_out;
    }
    return error;
}

/* Scratch of a fit: K [n][n], its eigenvalues, y and V y and a trial alpha, [n] each. */
typedef struct work {
    double *k, *value, *y, *g, *alpha;
} work;

/* Tries every ridge with one kernel length; keeps the best in *m. */
static lc_status try_length(const lc__dataset *data, const lc__measured *shots, double length,
                            work *w, double *least, machine *m, lc_error *err) {
    size_t n = shots->n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            w->k[i * n + j] = kernel(data, length, shots->rows[i], shots->rows[j]);
    lc_status s = lc__eigen(n, w->k, w->value, err);
    if (s)
        return s;
    lc__gemm(false, false, n, 1, n, 1, w->k, w->y, 0, w->g);
    for (size_t r = 0; r < sizeof ridges / sizeof *ridges; r++) {
        double error = leave_one_out(n, w->k, w->value, w->g, ridges[r], w->alpha);
        if (error < *least) {
            *least = error;
            m->length = length;
            for (size_t i = 0; i < n; i++)
                m->alpha[i] = w->alpha[i];
        }
    }
    return LC_OK;
}

static lc_status work_alloc(size_t n, work *w, lc_error *err) {
    w->k = lc__doubles(n, n + 4, err);
    if (!w->k)
        return LC_ENOMEM;
    w->value = w->k + n * n;
    w->y = w->value + n;
    w->g = w->y + n;
    w->alpha = w->g + n;
    return LC_OK;
}

static lc_status machine_alloc(const lc__measured *shots, machine **out, lc_error *err) {
    size_t n = shots->n;
    machine *m = malloc(sizeof *m);
    if (!m)
        return lc__no_memory(err);
    *m = (machine){
        .n = n, .rows = malloc(n * sizeof *m->rows), .alpha = malloc(n * sizeof *m->alpha)};
    *out = m;
    if (!m->rows || !m->alpha)
        return lc__no_memory(err);
    for (size_t i = 0; i < n; i++) {
        m->rows[i] = shots->rows[i];
        m->mean += shots->values[i] / (double)n;
    }
    return LC_OK;
}

/* Fits the best of several kernel lengths. */
static lc_status fit(const lc__lesson *lesson, const lc__measured *shots, const double *length,
                     size_t n_lengths, void **fitted, lc_error *err) {
    work w = {0};
    machine *m = NULL;
    lc_status s = machine_alloc(shots, &m, err);
    *fitted = m;
    if (!s)
        s = work_alloc(shots->n, &w, err);
    double least = INFINITY;
    for (size_t i = 0; i < n_lengths && !s; i++) {
        for (size_t j = 0; j < shots->n; j++)
            w.y[j] = shots->values[j] - m->mean;
        s = try_length(lesson->data, shots, length[i], &w, &least, m, err);
    }
    free(w.k);
    return s;
}

static void forecast(const lc__lesson *lesson, const void *fitted, double *out) {
    const machine *m = fitted;
    for (size_t i = 0; i < lesson->data->table.n_rows; i++) {
        out[i] = m->mean;
        for (size_t j = 0; j < m->n; j++)
            out[i] += m->alpha[j] * kernel(lesson->data, m->length, m->rows[j], i);
    }
}

static void release(void *fitted) {
    machine *m = fitted;
    if (m) {
        free(m->rows);
        free(m->alpha);
    }
    free(m);
}

static lc_status adapt_lut(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                           lc_error *err) {
    static const double linear = 0;
    return fit(lesson, shots, &linear, 1, fitted, err);
}

static lc_status adapt_scratch(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                               lc_error *err) {
    return fit(lesson, shots, lengths, sizeof lengths / sizeof *lengths, fitted, err);
}

const lc__forecaster lc__lut = {.name = "lut",
                                .about = "an additive table of choices fitted to the samples",
                                .needs_choices = true,
                                .adapt = adapt_lut,
                                .forecast = forecast,
                                .release = release};

const lc__forecaster lc__scratch = {.name = "scratch",
                                    .about = "a Gaussian process on the choices, samples alone",
                                    .adapt = adapt_scratch,
                                    .forecast = forecast,
                                    .release = release};
