#include "basis.h"

#include <math.h>
#include <string.h>
#include "linalg.h"

/* What is left of a row after projection, relative to the longest row, counts as rounding. */
#define TOLERANCE 1e-11

size_t lc__basis(size_t n, size_t m, double *row, double *basis) {
    double first = 0;
    for (size_t rank = 0; rank < n && rank < m; rank++) {
        double *q = basis + rank * m, most = 0;
        size_t longest = 0;
        for (size_t i = 0; i < n; i++) {
            double length = lc__dot(m, row + i * m, row + i * m);
            if (length > most) {
                most = length;
                longest = i;
            }
        }
        first = fmax(first, most);
        if (most <= TOLERANCE * TOLERANCE * first)
            return rank;
        memcpy(q, row + longest * m, m * sizeof *q);
        for (size_t k = 0; k < rank; k++)
            lc__axpy(m, -lc__dot(m, q, basis + k * m), basis + k * m, q);
        double length = sqrt(lc__dot(m, q, q));
        for (size_t j = 0; j < m; j++)
            q[j] /= length;
        for (size_t i = 0; i < n; i++)
            lc__axpy(m, -lc__dot(m, q, row + i * m), q, row + i * m);
    }
    return n < m ? n : m;
}
