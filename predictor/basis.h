#ifndef PREDICTOR_BASIS_H
#define PREDICTOR_BASIS_H

#include <stddef.h>

/* An orthonormal basis[min(n, m)][m] of row[n][m], by Gram and Schmidt, the longest first and each
 * projected twice. The rows are used up. Returns its length. */
size_t lc__basis(size_t n, size_t m, double *row, double *basis);

#endif
