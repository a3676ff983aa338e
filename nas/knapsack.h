/* Programs of one limit: the multiple-choice knapsack, without a solver of linear programs. */
#ifndef NAS_KNAPSACK_H
#define NAS_KNAPSACK_H

#include "program_lp.h"

/* Solves a program of one row without a lower end. Fills choices, *value (scaled) and *bound, which
 * no solution exceeds. *result is LC__LP_OPTIMAL if they agree to rounding, LC__LP_SOME if the
 * lists of partial choices grew too long to prove that, LC__LP_NONE if nothing is within the limit.
 */
lc_status lc__knapsack_solve(const lc__scaled *scaled, int *choices, double *value, double *bound,
                             lc__lp_result *result, lc_error *err);

#endif
