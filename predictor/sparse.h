/* A line and a few corrections: least squares with an L1 penalty. */
#ifndef PREDICTOR_SPARSE_H
#define PREDICTOR_SPARSE_H

#include "latcast/status.h"

/* y_i ~ scale * f_i + constant + sum_k change_k part_ki. All of the order of 1. */
typedef struct lc__sparse {
    size_t n, parts;
    double *y, *f; /* [n] */
    double *part;  /* [parts][n] */
} lc__sparse;

typedef struct lc__sparse_line {
    double scale, constant;
} lc__sparse_line;

/* Zeroed room for n rows; release with lc__sparse_clear() (also on failure). */
lc_status lc__sparse_alloc(size_t n, size_t parts, lc__sparse *out, lc_error *err);
void lc__sparse_clear(lc__sparse *problem);

/* The line scale * f + constant nearest to y[n], n >= 1; flat where f is constant. */
lc__sparse_line lc__nearest_line(const double *f, const double *y, size_t n);

/* Minimises mean |residual|^2 / 2 + penalty * sum |change_k| by coordinate descent, over the line
 * too, which is not penalised; the penalty by cross-validation over the rows. Fills
 * change[parts]. */
lc_status lc__sparse_fit(const lc__sparse *problem, double *change, lc__sparse_line *line,
                         lc_error *err);

#endif
