/* A program, or what is left of it with some options, as GLPK sees it. */
#ifndef NAS_PROGRAM_LP_H
#define NAS_PROGRAM_LP_H

#include "program.h"

/* Scores that differ by less, of the largest difference at a position, are equal. */
#define LC__EQUAL_SCORES 1e-9

typedef enum lc__lp_result { LC__LP_OPTIMAL, LC__LP_SOME, LC__LP_NONE } lc__lp_result;

/* Scores and rows with their least (largest) at every position taken off, in units of their width:
 * what is left for GLPK to tell apart. */
typedef struct lc__scaled {
    const lc__program *program;
    double *score; /* [places], <= 0, 0 the best of a position */
    double best, score_unit;
    double *row; /* [n_rows][places], >= 0 */
    double low[LC_NAS_MAX_COSTS], high[LC_NAS_MAX_COSTS];
} lc__scaled;

lc_status lc__scale(const lc__program *program, lc__scaled *out, lc_error *err);
void lc__scaled_clear(lc__scaled *scaled);

/* The relaxation over all options: *value and reduced[places] <= 0, what taking an option costs at
 * least, scaled. */
lc__lp_result lc__lp_relax(const lc__scaled *scaled, double *value, double *reduced);

/* The program over column[n] of the places; fills choices and *value, scaled. */
lc__lp_result lc__lp_integer(const lc__scaled *scaled, const size_t *column, size_t n, int *choices,
                             double *value);

#endif
