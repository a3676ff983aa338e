/* Typical nets: k-medoids by the alternation of Park and Jun (2009) from a greedy start. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "design.h"
#include "linalg.h"

#define MEDOID_PASSES 5

/* Distances between the candidates: far[n_open][n_open]. */
static void distances(const lc__design *d, double *far) {
    for (size_t i = 0; i < d->n_open; i++)
        for (size_t j = 0; j < d->n_open; j++) {
            const double *c = d->cov + i * d->n;
            far[i * d->n_open + j] = sqrt(fmax(c[i] + d->cov[j * d->n + j] - 2 * c[j], 0));
        }
}

/* Greedy start: each medoid lessens the total distance to the nearest one the most. taken[n_open]
 * is all 0 at first. */
static void build_medoids(const lc__design *d, const double *far, double *near, size_t *taken,
                          size_t *medoid, size_t m) {
    size_t n = d->n_open;
    for (size_t i = 0; i < n; i++)
        near[i] = INFINITY;
    for (size_t k = 0; k < m; k++) {
        double best = INFINITY;
        for (size_t c = 0; c < n; c++) {
            double sum = taken[c] ? INFINITY : 0;
            for (size_t i = 0; i < n && sum < best; i++)
                sum += fmin(far[c * n + i], near[i]);
            if (sum < best) {
                best = sum;
                medoid[k] = c;
            }
        }
        taken[medoid[k]] = 1;
        for (size_t i = 0; i < n; i++)
            near[i] = fmin(near[i], far[medoid[k] * n + i]);
    }
}

static size_t nearest(const double *far, size_t n, const size_t *medoid, size_t m, size_t i) {
    size_t best = 0;
    for (size_t k = 1; k < m; k++)
        if (far[medoid[k] * n + i] < far[medoid[best] * n + i])
            best = k;
    return best;
}

/* One alternation: candidates join their nearest medoid, each cluster elects its own. Returns
 * whether anything changed. `cluster` is scratch [n_open]. */
static bool improve_medoids(const lc__design *d, const double *far, size_t *cluster, size_t *medoid,
                            size_t m) {
    size_t n = d->n_open;
    bool changed = false;
    for (size_t i = 0; i < n; i++)
        cluster[i] = nearest(far, n, medoid, m, i);
    for (size_t k = 0; k < m; k++) {
        double best = INFINITY;
        size_t elected = medoid[k];
        for (size_t c = 0; c < n; c++) {
            double sum = 0;
            for (size_t i = 0; i < n && cluster[c] == k && sum < best; i++)
                sum += cluster[i] == k ? far[c * n + i] : 0;
            if (cluster[c] == k && sum < best) {
                best = sum;
                elected = c;
            }
        }
        changed = changed || elected != medoid[k];
        medoid[k] = elected;
    }
    return changed;
}

lc_status lc__design_medoids(const lc__design *d, size_t m, size_t *medoid, lc_error *err) {
    size_t n = d->n_open;
    double *far = lc__doubles(n + 1, n, err);
    size_t *cluster = calloc(n + 1, sizeof *cluster);
    lc_status st = LC_OK;
    if (!far || !cluster) {
        st = lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", n);
    } else {
        distances(d, far);
        build_medoids(d, far, far + n * n, cluster, medoid, m);
        for (int i = 0; i < MEDOID_PASSES; i++)
            if (!improve_medoids(d, far, cluster, medoid, m))
                break;
    }
    free(far);
    free(cluster);
    return st;
}
