/* Who dominates whom. Objectives are to be small. */
#ifndef NAS_FRONT_H
#define NAS_FRONT_H

#include "latcast/nas.h"

/* Points [n][m]; violation[n] 0: within the limits, else how far beyond. */
typedef struct lc__points {
    size_t n, m;
    const double *value;
    const double *violation;
} lc__points;

/* Whether i dominates j (Deb's constrained domination). */
bool lc__dominates(const lc__points *points, size_t i, size_t j);

/* rank[n] of the fronts by non-dominated sorting, 0 the best, and crowding[n] within them. */
lc_status lc__sort_fronts(const lc__points *points, size_t *rank, double *crowding, lc_error *err);

/* The front: points without violation that none dominates, of equals the first; by ascending
 * second objective (if there is one). Fills front[*n_front], room for n. */
lc_status lc__front(const lc__points *points, size_t *front, size_t *n_front, lc_error *err);

#endif
