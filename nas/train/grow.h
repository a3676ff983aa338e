/* Growing a supernet: at first the net of the largest options is trained alone, then every position
 * takes another option with a chance that grows to 1, in the manner of progressive shrinking
 * (Once-for-all, arXiv:1908.09791, section 3.3). What options share is trained by then, and the
 * others learn in nets that work already: of random paths alone a supernet of cells learned nothing
 * in thousands of steps. */
#ifndef TRAIN_GROW_H
#define TRAIN_GROW_H

#include "latcast/space.h"

/* Shares of the steps: until the first the largest net is trained alone, from the second on all
 * options are drawn alike. */
#define LC__GROWS 0.15
#define LC__GROWN 0.5

/* The option of each position with which a net multiplies most: choices[n_positions]. */
lc_status lc__grow_largest(const lc_space *space, int *choices, lc_error *err);

/* A path's choices[n_positions], drawn from all options, when `done` of the steps (0 .. 1) are
 * behind: some of them become the largest. *seed is advanced (splitmix64). */
void lc__grow_back(const lc_space *space, const int *largest, double done, uint64_t *seed,
                   int *choices);

#endif
