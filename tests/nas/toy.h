/* Made-up problems whose best nets are known: losses and costs that are sums over positions. */
#ifndef TESTS_NAS_TOY_H
#define TESTS_NAS_TOY_H

#include "latcast/nas.h"

enum { TOY_PLACES = 4096 };

typedef struct toy {
    lc_nas_problem problem;
    double cost[2][TOY_PLACES], loss[TOY_PLACES], score[TOY_PLACES];
    size_t places;
} toy;

/* Positions with `options` each and `n_costs` tables: dearer options lose less, more or less. Costs
 * are whole numbers where `whole`, so that many nets cost just the limit. */
void toy_make(toy *t, int positions, int options, int n_costs, bool whole, uint64_t seed);

/* A limit at `share` of the way from the least to the most cost. */
double toy_limit(const toy *t, int cost, double share);

double toy_sum(const toy *t, const double *value, const int *choices);

/* The largest score of all nets by trying them, within the limits and, where there is a target, on
 * it; -INFINITY if there is none. */
double toy_best(const toy *t);

#endif
