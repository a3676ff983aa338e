/* A front of nets as a CSV table and as a picture. */
#ifndef NAS_CMD_CURVE_H
#define NAS_CMD_CURVE_H

#include "base/text.h"
#include "hunt.h"

/* What was found for each budget, by ascending latency budget. */
typedef struct lc__curve {
    const lc__hunt *hunt;
    const lc__budget *budget; /* [n] */
    const lc__found *found;   /* [n] */
    size_t n;
} lc__curve;

/* "budget_ms,forecast_ms,low_ms,high_ms,accuracy,net,seconds" and a row for each budget; the
 * accuracy is empty where it is not known. Where energy is limited, "energy_mj" follows. */
void lc__curve_csv(const lc__curve *curve, lc__buf *out);

/* "arch,accuracy" and a row for every net that was judged, or by gradients found: what a search on
 * another device may have instead of judging again (One-Proxy, arXiv:2111.01203). */
void lc__curve_nets(const lc__curve *curve, lc__buf *out);

/* Accuracy over forecast latency, with 90 % intervals, and the budgets. */
void lc__curve_svg(const lc__curve *curve, lc__buf *out);

/* The table for people, on stdout. */
void lc__curve_show(const lc__curve *curve);

#endif
