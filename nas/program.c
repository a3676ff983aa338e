/* With one limit it is a knapsack (knapsack.h). Else it is exact by its core: with the relaxation's
 * value z and what taking an option costs at least, d <= 0, no solution that takes it scores more
 * than z + d. So the program is solved over the options of largest d, and then over all those with
 * z + d above what that gave, which is usually few (as Pisinger, A minimal algorithm for the
 * multiple-choice knapsack problem, EJOR 83, 1995, does for one limit). */
#include "program.h"

#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "knapsack.h"
#include "program_lp.h"
#include "vectors.h"

/* Options of the first core, by position and at least. */
#define CORE_SHARE 3
#define CORE_LEAST 48
typedef struct core {
    lc__scaled scaled;
    double z;
    double *reduced; /* [places] */
    size_t *order;   /* [places], by falling `reduced` */
    size_t places;
} core;

static int by_reduced(const void *a, const void *b, void *reduced) {
    const double *d = reduced;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (d[i] != d[j])
        return d[i] > d[j] ? -1 : 1;
    return (i > j) - (i < j);
}

/* How many options could be part of a solution that scores more than `value`. */
static size_t needed(const core *c, double value) {
    size_t n = 0;
    while (n < c->places && c->z + c->reduced[c->order[n]] > value + LC__EQUAL_SCORES)
        n++;
    return n;
}

static lc__lp_result solve_core(core *c, int *choices, double *value) {
    size_t positions = (size_t)c->scaled.program->problem->n_positions;
    size_t n = CORE_SHARE * positions + CORE_LEAST, want;
    lc__lp_result r;
    do {
        n = n < c->places ? n : c->places;
        r = lc__lp_integer(&c->scaled, c->order, n, choices, value);
        want = r == LC__LP_NONE ? c->places : needed(c, *value);
        if (want <= n)
            break;
        n = r == LC__LP_NONE ? 4 * n : want;
    } while (r != LC__LP_SOME);
    return r;
}

/* The relaxation orders the options; where it fails all are in the core. */
static lc_status prepare(core *c, lc__lp_result *relaxed, lc_error *err) {
    c->reduced = calloc(c->places, sizeof *c->reduced);
    c->order = calloc(c->places, sizeof *c->order);
    if (!c->reduced || !c->order)
        return lc__no_memory(err);
    *relaxed = lc__lp_relax(&c->scaled, &c->z, c->reduced);
    for (size_t k = 0; k < c->places; k++) {
        c->order[k] = k;
        if (*relaxed != LC__LP_OPTIMAL)
            c->reduced[k] = 0;
    }
    if (*relaxed != LC__LP_OPTIMAL)
        c->z = 0; /* the best option everywhere */
    qsort_r(c->order, c->places, sizeof *c->order, by_reduced, c->reduced);
    return LC_OK;
}

/* By GLPK; *bound and *value scaled. */
static lc_status solve_rows(core *c, int *choices, double *value, double *bound,
                            lc__lp_result *result, lc_error *err) {
    lc_status st = prepare(c, result, err);
    if (st == LC_OK && *result != LC__LP_NONE)
        *result = solve_core(c, choices, value);
    *bound = *result == LC__LP_OPTIMAL ? *value : c->z;
    return st;
}

static bool one_limit(const lc__program *program) {
    return program->n_rows == 1 && program->low[0] == -INFINITY;
}

lc_status lc__program_solve(const lc__program *program, int *choices, double *bound, bool *optimal,
                            lc_error *err) {
    const lc_nas_problem *p = program->problem;
    core c = {.places = lc_nas_place(p, p->n_positions)};
    lc__lp_result r = LC__LP_NONE;
    double value = 0, most = 0;
    lc_status st = lc__scale(program, &c.scaled, err);
    if (st == LC_OK && one_limit(program))
        st = lc__knapsack_solve(&c.scaled, choices, &value, &most, &r, err);
    else if (st == LC_OK)
        st = solve_rows(&c, choices, &value, &most, &r, err);
    if (st == LC_OK && r == LC__LP_NONE)
        st = lc_error_set(err, LC_EINFEASIBLE, "no net was found that keeps all limits");
    if (st == LC_OK) {
        *optimal = r == LC__LP_OPTIMAL;
        *bound = *optimal ? lc__score_of(p, program->score, choices)
                          : c.scaled.best + most * c.scaled.score_unit;
    }
    free(c.reduced);
    free(c.order);
    lc__scaled_clear(&c.scaled);
    return st;
}
