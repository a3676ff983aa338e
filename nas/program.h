/* The integer program of choosing one option at every position: the multiple-choice knapsack. */
#ifndef NAS_PROGRAM_H
#define NAS_PROGRAM_H

#include "latcast/nas.h"

/* Maximises the sum of score[places] so that, for each row r, low[r] <= sum of row[r][places] <=
 * high[r]. All finite but for low, which may be -INFINITY. */
typedef struct lc__program {
    const lc_nas_problem *problem; /* for positions and options alone */
    const double *score;
    int n_rows;
    const double *row[LC_NAS_MAX_COSTS];
    double low[LC_NAS_MAX_COSTS], high[LC_NAS_MAX_COSTS];
    double seconds; /* for each call of the solver, 0: no end */
} lc__program;

/* Fills choices; *bound is what no solution scores more than, *optimal whether the choices are
 * proven best. GLPK, which several rows are given to, keeps them to 1e-7 of their width, so the
 * caller must look, and tells scores apart by 1e-7 of the largest difference at a position.
 * LC_EINFEASIBLE: none was found. */
lc_status lc__program_solve(const lc__program *program, int *choices, double *bound, bool *optimal,
                            lc_error *err);

#endif
