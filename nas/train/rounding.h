/* Where a trainee rounds what its net asks to be rounded: outputs from u to y, weights from the
 * store's to those that a layer uses. Stages that round nothing are passed over. */
#ifndef TRAIN_ROUNDING_H
#define TRAIN_ROUNDING_H

#include "trainee.h"

/* Finds out what a new stage rounds; the stages before it know it already. `key` is that of its
 * weights. */
lc_status lc__rounding_prepare(lc__trainee *trainee, const char *key, lc__stage *stage,
                               lc_error *err);

/* `gathers`: the squares of u enter the running ones; a fitted scale is by these, of which u's are
 * the first if there are none. */
lc_status lc__round_output(const lc__trainee *trainee, const lc__stage *stage, bool gathers,
                           lc_error *err);
/* From the gradient by y to that by u, in place. */
void lc__unround_output(const lc__trainee *trainee, const lc__stage *stage, float *dy);

/* Rounds them into their buffer. */
void lc__round_weights(const lc__trainee *trainee, const lc__stage *stage);
/* What the layer uses: those in the buffer, or the store's. NULL: it has none. */
const float *lc__rounded_weights(const lc__trainee *trainee, const lc__stage *stage);
/* From the gradient by the rounded weights to that by the store's, in place. */
void lc__unround_weights(const lc__stage *stage, float *dw);

#endif
