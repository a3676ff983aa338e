/* A selection in the making: the nets that were looked at so far. */
#ifndef NAS_SELECT_H
#define NAS_SELECT_H

#include "accuracies.h"

typedef struct lc__selection {
    const lc_nas_problem *problem;
    const lc_nas_select_options *options;
    lc_nas_accuracies *known;
    lc_nas_accuracies *seen; /* of this search, in order */
    double *cost;            /* [room][n_costs] */
    size_t room, most;       /* nets to look at, at most */
    uint64_t rng;
    bool stopped;
} lc__selection;

/* Looks at a net: its number in `seen`, LC__UNKNOWN if its accuracy cannot be had. What was seen is
 * not looked at twice. */
#define LC__UNKNOWN ((size_t)-1)
lc_status lc__look(lc__selection *selection, const int *choices, size_t *number, lc_error *err);

/* Whether the search is to go on. */
bool lc__go_on(const lc__selection *selection);

/* A random net: of those known where no other can be asked for. */
void lc__any_net(lc__selection *selection, int *choices);

/* How far the costs of number i are beyond the limits: the sum of cost / limit - 1. */
double lc__violation(const lc__selection *selection, size_t i);

/* nsga2.c */
lc_status lc__nsga2(lc__selection *selection, lc_error *err);

/* result.c: front and best of `result`, whose nets and costs are there. */
lc_status lc__conclude_result(const lc_nas_problem *problem, lc_nas_result *result, lc_error *err);
lc_status lc__allocate_result(const lc_nas_problem *problem, size_t n, lc_nas_result *out,
                              lc_error *err);

/* The accuracy of a net, known or asked for; *found false if neither. */
lc_status lc__accuracy_of(const lc_nas_select_options *options, lc_nas_accuracies *known,
                          const int *choices, double *accuracy, bool *found, lc_error *err);

#endif
