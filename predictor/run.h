/* A posterior in the making: shared by the weighing of the grid's cells (posterior.c) and the
 * summing over them (collect.c). */
#ifndef PREDICTOR_RUN_H
#define PREDICTOR_RUN_H

#include "bundle.h"
#include "posterior.h"

typedef struct lc__run {
    const lc__problem *problem;
    const lc__grid *grid;
    lc__frame frame;
    lc__bundle bundle;
    double *evidence;   /* log evidence, then probability, of every cell */
    lc__lanes *targets; /* [n_offsets][n] of the bundle's kernels, reduced */
    lc__lanes *sums;    /* [n][n + 2 + LC__VARIANTS] scratch of collect.c */
} lc__run;

/* The log evidences or probabilities of a pattern's cells with one offset: [LC__NOISES]. */
double *lc__run_cells(const lc__run *r, size_t link, size_t pattern, size_t offset);

/* Degrees of freedom of the scale s2. */
double lc__run_degrees(const lc__run *r);

/* A pattern of the grid under a link: what a lane is about. */
typedef struct lc__slot {
    size_t link, pattern;
} lc__slot;

/* Leaves the kernels of slots[n], n <= LC__LANES, in the bundle and the targets less the prior
 * means in r->targets, all reduced. */
void lc__run_load(lc__run *r, const lc__slot *slots, size_t n);

/* Sums over the cells of slots[n], n <= LC__LANES, into parts[n], whose arrays are given.
 * Overwrites the bundle. */
void lc__run_collect(lc__run *r, const lc__slot *slots, size_t n, lc__part *parts);

/* Room for a part of n samples, in doubles, and a part in that room. */
size_t lc__part_room(size_t n);
void lc__part_place(size_t n, double *room, lc__part *out);

#endif
