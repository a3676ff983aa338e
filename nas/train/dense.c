#include "dense.h"

#include <dnnl.h>
#include <string.h>

/* c [m, n] = a b (+ c), both as they lie or transposed; NaN where that cannot be done. */
static void multiply(char turn_a, char turn_b, size_t m, size_t n, size_t k, const float *a,
                     size_t lda, const float *b, size_t ldb, float beta, float *c) {
    dnnl_status_t status =
        dnnl_sgemm(turn_a, turn_b, (dnnl_dim_t)m, (dnnl_dim_t)n, (dnnl_dim_t)k, 1.0F, a,
                   (dnnl_dim_t)lda, b, (dnnl_dim_t)ldb, beta, c, (dnnl_dim_t)n);
    if (status != dnnl_success)
        memset(c, 0xff, m * n * sizeof *c);
}

void lc__dense_forward(lc__dense d, const float *x, const float *w, const float *bias, float *y) {
    for (size_t r = 0; r < d.rows && bias; r++)
        memcpy(y + r * d.out, bias, d.out * sizeof *y);
    multiply('N', 'T', d.rows, d.out, d.in, x, d.in, w, d.in, bias ? 1.0F : 0.0F, y);
}

void lc__dense_backward(lc__dense d, const float *x, const float *w, const float *dy, float *dx,
                        float *dw, float *dbias) {
    if (dx)
        multiply('N', 'N', d.rows, d.in, d.out, dy, d.out, w, d.in, 0.0F, dx);
    multiply('T', 'N', d.out, d.in, d.rows, dy, d.out, x, d.in, 0.0F, dw);
    if (!dbias)
        return;
    memset(dbias, 0, d.out * sizeof *dbias);
    for (size_t r = 0; r < d.rows; r++)
        for (size_t o = 0; o < d.out; o++)
            dbias[o] += dy[r * d.out + o];
}
