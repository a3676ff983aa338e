/* What bits cost on a device, and the bits found within its limits. */
#ifndef NAS_CMD_BITS_COSTS_H
#define NAS_CMD_BITS_COSTS_H

#include "costs.h"

/* What is known and what is asked for; 0: no limit. */
typedef struct lc__bits_limits {
    const char *table; /* CSV of cycles; NULL: none */
    lc__source source; /* its device NULL: no forecasts */
    double cycles, share, size_kb, latency_ms;
} lc__bits_limits;

enum { LC__BITS_CYCLES, LC__BITS_LATENCY, LC__BITS_SIZE, LC__BITS_COSTS };

typedef struct lc__bits_costs {
    const lc_nas_bits *bits;
    lc_nas_problem problem;
    int at[LC__BITS_COSTS]; /* of the problem's costs; -1: not known */
    double *tables;         /* cycles and size, [places] each */
    lc__forecasts forecasts;
    lc_nas_bits_forecast forecast;
    lc_nas_measure measure;
} lc__bits_costs;

/* LC_EUSAGE: a limit of what is not known, or no limit. Release with lc__bits_costs_close(), also
 * after a failure. */
lc_status lc__bits_costs_open(const lc__bits_limits *limits, const lc_nas_bits *bits,
                              lc__bits_costs *out, lc_error *err);
void lc__bits_costs_close(lc__bits_costs *costs);

/* One of the costs of a net; NaN: not known. */
double lc__bits_cost(const lc__bits_costs *costs, int which, const int *choices);

/* The bits of the largest sum of score[places] within the limits. LC_EINFEASIBLE: there are none;
 * the message has the least that can be had. */
lc_status lc__bits_assign(const lc__bits_costs *costs, const double *score, int *choices,
                          lc_error *err);

#endif
