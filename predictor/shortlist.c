#include <stdlib.h>
#include "linalg.h"
#include "posterior.h"

/* Up to this many samples all patterns are kept. */
#define MANY 64
#define KEPT 3

/* Every n / MANY-th sample. */
static size_t pick(size_t n, size_t i) {
    return i * n / MANY;
}

static void thin_vector(const double *x, size_t n, double *out) {
    for (size_t i = 0; i < MANY; i++)
        out[i] = x[pick(n, i)];
}

static void thin_matrix(const double *x, size_t n, double *out) {
    for (size_t i = 0; i < MANY; i++)
        for (size_t j = 0; j < MANY; j++)
            out[i * MANY + j] = x[pick(n, i) * n + pick(n, j)];
}

/* The problem of the picked samples; `room` holds its numbers. */
static void thin(const lc__problem *in, double *room, lc__problem *out) {
    *out = (lc__problem){.n = MANY};
    for (size_t link = 0; link < LC__LINKS; link++) {
        thin_vector(in->target[link], in->n, room);
        out->target[link] = room;
        room += MANY;
        for (size_t v = 0; v < LC__VARIANTS; v++, room += MANY) {
            thin_vector(in->size[link][v], in->n, room);
            out->size[link][v] = room;
        }
        for (size_t b = 0; b < LC__BLOCKS; b++) {
            if (!in->gram[link][b])
                continue;
            thin_matrix(in->gram[link][b], in->n, room);
            out->gram[link][b] = room;
            room += (size_t)MANY * MANY;
        }
    }
}

/* Moves the KEPT heaviest patterns to the front and forgets the others. */
static void keep_heaviest(lc__grid *grid, double *mass) {
    size_t kept = grid->n_patterns < KEPT ? grid->n_patterns : KEPT;
    for (size_t k = 0; k < kept; k++) {
        size_t best = k;
        for (size_t i = k + 1; i < grid->n_patterns; i++)
            if (mass[i] > mass[best])
                best = i;
        lc__pattern pattern = grid->pattern[best];
        grid->pattern[best] = grid->pattern[k];
        grid->pattern[k] = pattern;
        mass[best] = mass[k];
    }
    grid->n_patterns = kept;
}

lc_status lc__shortlist(const lc__problem *problem, lc__grid *grid, lc_error *err) {
    if (problem->n <= MANY)
        return LC_OK;
    double mass[LC__PATTERNS_MAX];
    lc__problem few;
    double *room =
        lc__doubles((size_t)LC__LINKS * (1 + LC__VARIANTS + LC__BLOCKS * MANY), MANY, err);
    if (!room)
        return LC_ENOMEM;
    thin(problem, room, &few);
    lc_status st = lc__posterior_patterns(&few, grid, mass, err);
    if (st == LC_OK)
        keep_heaviest(grid, mass);
    free(room);
    return st;
}
