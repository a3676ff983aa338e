/* The parts of lc_nas_assign(). */
#ifndef NAS_ASSIGN_H
#define NAS_ASSIGN_H

#include "latcast/nas.h"

/* Time of an assignment that a caller of the library did not give a time for: with several limits
 * GLPK may go on for minutes after the best net is found. */
#define LC__ASSIGN_SECONDS 20.0

/* A net with its limited costs. */
typedef struct lc__candidate {
    int choices[LC_NAS_MAX_POSITIONS];
    double cost[LC_NAS_MAX_COSTS];
    double score, excess; /* largest cost / limit - 1 */
    bool within, on_target;
} lc__candidate;

/* Fills all but the choices of a net. */
lc_status lc__judge_net(const lc_nas_problem *problem, const double *score, lc__candidate *net,
                        lc_error *err);

/* Whether a is preferred: within the limits, on target, of the larger score; outside of them the
 * one that is less so. */
bool lc__better(const lc__candidate *a, const lc__candidate *b);

/* Improves a net by single changes and exchanges of two positions, as long as one helps. */
lc_status lc__exchange(const lc_nas_problem *problem, const double *score, lc__candidate *net,
                       lc_error *err);

#endif
