#include "spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "linalg.h"

lc_status lc__spectrum_alloc(size_t n, lc__spectrum *out, lc_error *err) {
    *out = (lc__spectrum){.n = n, .weight = (double)n};
    out->root = lc__doubles(n, 1, err);
    out->value = lc__doubles(2, n, err);
    out->axis = lc__doubles(n, n, err);
    out->work = lc__doubles(2 * n + 3, n, err);
    if (!out->root || !out->value || !out->axis || !out->work)
        return LC_ENOMEM;
    out->cross = out->value + n;
    for (size_t i = 0; i < n; i++)
        out->root[i] = 1;
    return LC_OK;
}

void lc__spectrum_clear(lc__spectrum *spectrum) {
    free(spectrum->root);
    free(spectrum->value);
    free(spectrum->axis);
    free(spectrum->work);
    memset(spectrum, 0, sizeof *spectrum);
}

/* k = s s' o sum_b weight_b gram_b */
static void weighted_kernel(const lc__spectrum *sp, const double *const *gram, const double *weight,
                            double *k) {
    size_t n = sp->n;
    memset(k, 0, n * n * sizeof *k);
    for (int b = 0; b < LC__BLOCKS; b++)
        if (gram[b] && weight[b] > 0)
            lc__axpy(n * n, weight[b], gram[b], k);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            k[i * n + j] *= sp->root[i] * sp->root[j];
}

/* k := H k H with the reflection H = I - beta v v' */
static void reflect(size_t n, const double *v, double beta, double *k, double *kv) {
    for (size_t i = 0; i < n; i++)
        kv[i] = lc__dot(n, k + i * n, v);
    double vkv = lc__dot(n, v, kv);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            k[i * n + j] += -beta * (v[i] * kv[j] + kv[i] * v[j]) + beta * beta * vkv * v[i] * v[j];
}

lc_status lc__spectrum_compute(lc__spectrum *sp, const double *const *gram, const double *weight,
                               lc_error *err) {
    size_t n = sp->n, m = n - 1;
    double *k = sp->work, *minor = k + n * n, *v = minor + n * n, *kv = v + n;
    weighted_kernel(sp, gram, weight, k);

    /* H maps q to -e1, so its other columns span what is orthogonal to q. */
    sp->weight = lc__dot(n, sp->root, sp->root);
    for (size_t i = 0; i < n; i++)
        v[i] = sp->root[i] / sqrt(sp->weight);
    v[0] += 1;
    double beta = 2 / lc__dot(n, v, v);
    reflect(n, v, beta, k, kv);
    sp->own = k[0];
    for (size_t i = 0; i < m; i++)
        memcpy(minor + i * m, k + (i + 1) * n + 1, m * sizeof *minor);
    lc_status st = lc__eigen(m, minor, sp->value, err);
    if (st != LC_OK)
        return st;
    for (size_t i = 0; i < m; i++) {
        double *axis = sp->axis + i * n;
        const double *vector = minor + i * m;
        sp->value[i] = fmax(sp->value[i], 0);
        sp->cross[i] = 0;
        for (size_t j = 0; j < m; j++)
            sp->cross[i] -= vector[j] * k[(j + 1) * n];
        axis[0] = 0;
        memcpy(axis + 1, vector, m * sizeof *axis);
        lc__axpy(n, -beta * lc__dot(n, v, axis), v, axis);
    }
    return LC_OK;
}

void lc__spectrum_project(const lc__spectrum *sp, const double *z, double *g) {
    double *sz = sp->work;
    for (size_t i = 0; i < sp->n; i++)
        sz[i] = sp->root[i] * z[i];
    for (size_t k = 0; k + 1 < sp->n; k++)
        g[k] = lc__dot(sp->n, sp->axis + k * sp->n, sz);
}
