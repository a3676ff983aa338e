/* The budgets of a front: given, or spread over what nets can take. */
#ifndef NAS_CMD_SWEEP_H
#define NAS_CMD_SWEEP_H

#include "latcast/nas.h"

enum { LC__SWEEP_MOST = 64 };

typedef struct lc__sweep {
    const char *list;             /* "1.5,2,4" milliseconds, NULL: spread them */
    double from_ms, to_ms;        /* 0: leaves the end of the range out */
    int64_t n;                    /* 0: six */
    double limit[LC__SWEEP_MOST]; /* [n] ascending, ns */
} lc__sweep;

/* Reads the list, before anything is opened. LC_EUSAGE: no numbers, two that are equal, or a list
 * and a range at once; no budgets where only `some` nets may be found, whose range is not known. */
lc_status lc__sweep_parse(lc__sweep *sweep, bool some, lc_error *err);

/* Spreads n budgets evenly from `from_ms` to `to_ms`; an end that is not given stands a step of
 * n + 1 inside of range[2], the least and the most that a net takes. Does nothing to a list. */
lc_status lc__sweep_spread(lc__sweep *sweep, const lc_nas_extreme range[2], lc_error *err);

#endif
