/* A posterior in the making: shared by the weighing of the grid's cells (posterior.c) and the
 * collecting of their moments (moments.c). */
#ifndef PREDICTOR_RUN_H
#define PREDICTOR_RUN_H

#include "spectrum.h"

/* Place of a cell in the grid. */
typedef struct lc__place {
    size_t link, pattern, offset, noise;
} lc__place;

typedef struct lc__run {
    const lc__problem *problem;
    const lc__grid *grid;
    lc__spectrum spectrum;
    double *evidence; /* log evidence, then probability, of every cell */
    /* Scratch. */
    double *z, *g;          /* [n] target less offset, its coordinates */
    double *room;           /* [4 n + 3 n n] */
    double *feature, *half; /* [n][width] */
    double *row, *outer;    /* [2][width], [width][width] */
} lc__run;

/* The cell's log evidence or probability. */
double *lc__run_cell(const lc__run *r, lc__place at);

/* Leaves the spectrum of the place's pattern and link in r->spectrum. */
lc_status lc__run_decompose(lc__run *r, lc__place at, lc_error *err);

/* Leaves the target, less the place's prior mean, in r->z and its coordinates in r->g. */
void lc__run_project(lc__run *r, lc__place at);

/* sum g^2 / (value + noise) + the prior's rate: degrees of freedom times the scale s2. */
double lc__run_energy(const lc__run *r, double noise);
double lc__run_degrees(const lc__run *r);

/* Sums the cells' posteriors under one link into *out, divided by the link's mass. */
lc_status lc__run_collect(lc__run *r, size_t link, lc__moments *out, lc_error *err);

#endif
