/* Activations and their derivatives, value by value. */
#ifndef TRAIN_ACTIVATION_H
#define TRAIN_ACTIVATION_H

#include "latcast/op.h"

/* y = act(x) on n values, by the calling thread alone. y may be x. */
void lc__act_apply(lc_act act, const float *x, float *y, size_t n);

/* dx = dy act'(x), likewise; dx may be dy. Where there is no derivative it is that of the side of
 * the smaller |y|. */
void lc__act_derive(lc_act act, const float *x, const float *dy, float *dx, size_t n);

/* The same, shared out among all threads. */
void lc__act_apply_all(lc_act act, const float *x, float *y, size_t n);
void lc__act_derive_all(lc_act act, const float *x, const float *dy, float *dx, size_t n);

#endif
