/* Nets of a problem as vectors of choices. */
#ifndef NAS_VECTORS_H
#define NAS_VECTORS_H

#include "latcast/nas.h"

/* Room for a net's name in messages. */
#define LC__NET_NAME 160

/* What a net is called: in the space's notation, or its choices. */
const char *lc__net_name(const lc_nas_problem *problem, const int *choices, char *buf, size_t size);

/* Vectors of the problem, 0 if there are more than `most` (< 2^32). */
size_t lc__count_vectors(const lc_nas_problem *problem, size_t most);

/* The next vector, the last position fastest; false after the last, which the first follows. */
bool lc__next_vector(const lc_nas_problem *problem, int *choices);

/* Uniformly random choices. */
void lc__random_vector(const lc_nas_problem *problem, uint64_t *rng, int *choices);

/* Puts a 1 at the choices' places and 0 elsewhere. */
void lc__one_hot(const lc_nas_problem *problem, const int *choices, double *share);

/* choices[n_positions] of the largest value[places] at each position, the first of equals. */
void lc__largest(const lc_nas_problem *problem, const double *value, int *choices);

/* Sum of value[places] over the choices. */
double lc__score_of(const lc_nas_problem *problem, const double *value, const int *choices);

#endif
