/* The little dense algebra that is needed, over LAPACKE and CBLAS. Matrices are row major and
 * symmetric ones are filled on both sides. All of them are small: set OPENBLAS_NUM_THREADS=1 (the
 * library reads it when it is loaded), threads only cost here. */
#ifndef PREDICTOR_LINALG_H
#define PREDICTOR_LINALG_H

#include "latcast/status.h"

/* Eigenvalues of symmetric a[n][n] ascending in values[n]; row k of a becomes the k-th unit
 * eigenvector. n may be 0. LC_ERUNTIME: a number is not finite, or they do not converge. */
lc_status lc__eigen(size_t n, double *a, double *values, lc_error *err);

/* x := a^-1 x for symmetric positive definite a[n][n], of which the lower triangle is read and
 * overwritten. false: it is not positive definite. */
bool lc__solve(size_t n, double *a, double *x);

/* c[m][n] = alpha op(a) op(b) + beta c with inner length k; a is [m][k] or, transposed, [k][m], b
 * is [k][n] or, transposed, [n][k]. */
void lc__gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
              const double *a, const double *b, double beta, double *c);

double lc__dot(size_t n, const double *x, const double *y);
/* y += alpha x */
void lc__axpy(size_t n, double alpha, const double *x, double *y);

/* calloc of n x m doubles; n * m may be 0. NULL with err filled when out of memory. */
double *lc__doubles(size_t n, size_t m, lc_error *err);

#endif
