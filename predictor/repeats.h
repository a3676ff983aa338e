/* A net that was measured several times is one sample: its repeats tell nothing of other nets, and
 * counted apart they would make a device known by one net look well known. */
#ifndef PREDICTOR_REPEATS_H
#define PREDICTOR_REPEATS_H

#include "adapted.h"

typedef struct lc__repeats {
    size_t *place; /* [n] of each shot's net among the different ones, in order of appearance */
    size_t n, n_different;
} lc__repeats;

/* Finds which of nets[rows[n]] compute the same. Release with lc__repeats_clear(). */
lc_status lc__repeats_find(const lc_net *const *nets, const size_t *rows, size_t n,
                           lc__repeats *out, lc_error *err);
void lc__repeats_clear(lc__repeats *repeats);

/* Leaves the different nets' rows and, as their values, the medians (of two: the geometric mean) of
 * the repeats in rows[n_different] and values[n_different]. The values are positive. */
lc_status lc__repeats_merge(const lc__repeats *repeats, size_t *rows, double *values,
                            lc_error *err);

/* Gives every shot the trust in its net. */
lc_status lc__repeats_spread_trust(const lc__repeats *repeats, lc_predictor *predictor,
                                   lc_error *err);

#endif
