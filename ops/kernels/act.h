/* Activations on rows of values. */
#ifndef KERNELS_ACT_H
#define KERNELS_ACT_H

#include <stddef.h>
#include "latcast/op.h"

/* y[i] = act(y[i]). */
void lc__act_row(float *y, size_t n, lc_act act);

/* y[i] = act(y[i] + bias[i]); bias may be NULL. */
void lc__bias_act_row(float *y, const float *bias, size_t n, lc_act act);

#endif
