#include "linalg.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "lanes.h"

lc_status lc__eigen(size_t n, double *a, double *values, lc_error *err) {
    if (n == 0)
        return LC_OK;
    if (n > INT32_MAX)
        return lc_error_set(err, LC_EUNSUPPORTED, "a matrix of order %zu is too large", n);
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(a[i]))
            return lc_error_set(err, LC_ERUNTIME, "the numbers are too large to compute with");
    lapack_int order = (lapack_int)n;
    lapack_int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', order, a, order, values);
    if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    if (info != 0)
        return lc_error_set(err, LC_ERUNTIME, "eigenvalues of order %zu do not converge", n);
    return LC_OK;
}

bool lc__solve(size_t n, double *a, double *x) {
    if (n == 0)
        return true;
    /* The lower triangle by rows is the upper one by columns. */
    lapack_int order = (lapack_int)n;
    return n <= INT32_MAX &&
           LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', order, 1, a, order, x, order) == 0;
}

void lc__gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
              const double *a, const double *b, double beta, double *c) {
    if (m == 0 || n == 0)
        return;
    blasint lda = (blasint)(transpose_a ? m : k), ldb = (blasint)(transpose_b ? k : n);
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, alpha,
                a, lda > 0 ? lda : 1, b, ldb > 0 ? ldb : 1, beta, c, (blasint)n);
}

LC__WIDE
double lc__dot(size_t n, const double *x, const double *y) {
    lc__lanes sums = {0}, a, b;
    size_t i = 0;
    for (; i + LC__LANES <= n; i += LC__LANES) {
        memcpy(&a, x + i, sizeof a);
        memcpy(&b, y + i, sizeof b);
        sums += a * b;
    }
    double sum = 0;
    for (; i < n; i++)
        sum += x[i] * y[i];
    for (int l = 0; l < LC__LANES; l++)
        sum += sums[l];
    return sum;
}

LC__WIDE
void lc__axpy(size_t n, double alpha, const double *x, double *y) {
    for (size_t i = 0; i < n; i++)
        y[i] += alpha * x[i];
}

double *lc__doubles(size_t n, size_t m, lc_error *err) {
    size_t cells = 0;
    if (!__builtin_mul_overflow(n, m, &cells)) {
        double *x = calloc(cells ? cells : 1, sizeof *x);
        if (x)
            return x;
    }
    lc_error_set(err, LC_ENOMEM, "out of memory for %zu x %zu numbers", n, m);
    return NULL;
}
