/* Costs of nets, whatever they come from. */
#ifndef NAS_COST_H
#define NAS_COST_H

#include "latcast/nas.h"

/* As lc_nas_cost_of(), of choices that are in range. LC_ERUNTIME: a measure gave no number. */
lc_status lc__cost_value(const lc_nas_problem *problem, int cost, const int *choices,
                         lc_nas_value *out, lc_error *err);

/* What limits are compared with, of the nets that differ from `choices` in one choice at most:
 * upper[places]. `choices` is used and restored. */
lc_status lc__cost_neighbours(const lc_nas_problem *problem, int cost, int *choices, double *upper,
                              lc_error *err);

/* Cost of the net mixed by probability[places] and its gradient[places]; of the quantile, taking
 * its distance from the mean to be that of the most probable net. */
lc_status lc__cost_relaxed(const lc_nas_problem *problem, int cost, const double *probability,
                           double *value, double *gradient, lc_error *err);

/* Whether the cost is a sum over positions, to rounding: by what is known of it, or by comparing
 * the neighbours of random nets. Costs sums[places + 1] then, the last the constant part. */
lc_status lc__cost_sums(const lc_nas_problem *problem, int cost, double *sums, bool *additive,
                        lc_error *err);

/* The cost that is a target, -1 if there is none. */
int lc__target(const lc_nas_problem *problem);

/* "12.4 ms" or "512 kB" in buf[size]. */
const char *lc__cost_text(const lc_nas_cost *cost, double value, char *buf, size_t size);

#endif
