/* One kernel seen through its eigenvectors, the constant projected out. */
#ifndef PREDICTOR_SPECTRUM_H
#define PREDICTOR_SPECTRUM_H

#include "posterior.h"

/* With s_i = sqrt(w_i), K~ = s s' o K and Q an orthonormal basis of what is orthogonal to s:
 * Q' K~ Q = V diag(value) V'. */
typedef struct lc__spectrum {
    size_t n;      /* samples; n - 1 eigenvalues */
    double *root;  /* [n] s */
    double weight; /* sum of w */
    double *value; /* [n - 1] >= 0 */
    double *axis;  /* [n - 1][n] rows of (Q V)' */
    double *cross; /* [n - 1] (Q V)' K~ q with q = s / |s| */
    double own;    /* q' K~ q */
    double *work;  /* scratch */
} lc__spectrum;

/* Room for n samples, all of weight 1. Release with lc__spectrum_clear() (also on failure). */
lc_status lc__spectrum_alloc(size_t n, lc__spectrum *out, lc_error *err);
void lc__spectrum_clear(lc__spectrum *spectrum);

/* Decomposes the kernel sum_b weight[b] gram[b]. */
lc_status lc__spectrum_compute(lc__spectrum *spectrum, const double *const *gram,
                               const double *weight, lc_error *err);

/* g[n - 1] = (Q V)' (s o z). */
void lc__spectrum_project(const lc__spectrum *spectrum, const double *z, double *g);

#endif
