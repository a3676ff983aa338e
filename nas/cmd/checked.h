/* Nets that are measured to see whether forecasts and budgets hold. */
#ifndef NAS_CMD_CHECKED_H
#define NAS_CMD_CHECKED_H

#include "base/json.h"
#include "cmdline/given.h"
#include "hunt.h"

enum { LC__RUNS_MOST = 32 };

/* One net: what a search said of it, NAN what it did not; what was measured, NAN what was not. */
typedef struct lc__checked {
    const char *source; /* as named on the command line */
    const lc_net *net;
    uint64_t digest;
    char device[104]; /* that it was searched for, "": it was not */
    double budget[LC__COSTS];
    double forecast[LC__COSTS], low[LC__COSTS], high[LC__COSTS];
    double measured[LC__COSTS];   /* of several runs the median */
    double ci_low_ns, ci_high_ns; /* 95 % intervals of the latencies, together */
    bool steady;                  /* in all runs */
    double run[LC__COSTS][LC__RUNS_MOST];
    size_t runs;
} lc__checked;

/* A net that `source` names, with the "search" member if that is a file that has one. */
lc_status lc__checked_make(const char *source, const lc_net *net, lc__checked *out, lc_error *err);

/* Takes the last sample of the net, if there is one, as that of one more run. */
void lc__checked_measured(lc__checked *checked, const lc_device *measured);

/* Forecasts from the device's samples for what no search forecast. */
lc_status lc__checked_forecast(lc__checked *checked, const lc_predictor *predictor, lc_error *err);

/* For people, on stdout: all nets, and what is common to them. */
void lc__checked_show(const lc__checked *checked, size_t n);

/* An array; NULL when out of memory. */
cJSON *lc__checked_json(const lc__checked *checked, size_t n);

#endif
