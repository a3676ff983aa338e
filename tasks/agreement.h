/* How alike devices rank nets: "latency monotonicity" (Lu et al., One Proxy Device Is Enough,
 * arXiv:2111.01203), the Spearman correlation of latencies over the nets that both measured. */
#ifndef TASKS_AGREEMENT_H
#define TASKS_AGREEMENT_H

#include "latcast/status.h"

typedef struct lc__agreement {
    size_t n;       /* devices */
    double *rho;    /* [n][n] symmetric, 1 on the diagonal; NaN: too few common nets */
    size_t *common; /* [n][n] nets that both measured */
    bool *constant; /* [n] the device takes the same time for every net: it ranks nothing, rho 0 */
} lc__agreement;

/* From values[n][n_rows], NaN where a net was not measured. Pairs with fewer than `least` (>= 2)
 * common nets are left out. Release with lc__agreement_clear() (also on failure). */
lc_status lc__agreement_measure(const double *values, size_t n, size_t n_rows, size_t least,
                                lc__agreement *out, lc_error *err);
void lc__agreement_clear(lc__agreement *agreement);

/* Mean and least correlation of device i with all others it has one with; NaN without any. */
double lc__agreement_mean(const lc__agreement *agreement, size_t i);
double lc__agreement_least(const lc__agreement *agreement, size_t i);

/* The device that stands for the others best: of highest mean, the first of equals. `left_out`
 * (may be NULL) marks devices not to take; n if all are. */
size_t lc__agreement_proxy(const lc__agreement *agreement, const bool *left_out);

/* order[n] puts like devices side by side: average-linkage clustering by 1 - rho (missing pairs
 * count as rho 0), the leaves of its tree from left to right. */
lc_status lc__agreement_order(const lc__agreement *agreement, size_t *order, lc_error *err);

#endif
