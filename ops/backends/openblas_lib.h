/* OpenBLAS, opened at run time. Its few prototypes are written out here, so that no header of it is
 * needed to build. */
#ifndef BACKENDS_OPENBLAS_LIB_H
#define BACKENDS_OPENBLAS_LIB_H

#include "latcast/backend.h"

/* Pointers to functions only, in the order of their names in openblas_lib.c. */
typedef struct lc__openblas {
    char *(*get_config)(void);
    char *(*get_corename)(void);
    void (*set_num_threads)(int threads);
    /* cblas_sgemm of a build with 32-bit integers: C = alpha op(A) op(B) + beta C. */
    void (*sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                  const float *a, int a_stride, const float *b, int b_stride, float beta, float *c,
                  int c_stride);
} lc__openblas;

enum { LC__BLAS_ROW_MAJOR = 101, LC__BLAS_PLAIN = 111, LC__BLAS_TRANSPOSED = 112 };

/* Loads the library, once per process, and describes it. */
lc_status lc__openblas_open(lc_backend_info *info, lc_error *err);

/* The functions; only once lc__openblas_open() has given LC_OK. */
const lc__openblas *lc__openblas_table(void);

#endif
