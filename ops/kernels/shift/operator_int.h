/* Shift convolutions in int8 and int16 by a micro-kernel; for LC__KERNEL_BY of operator.h. Inputs
 * are widened to its x_size first. */
#ifndef KERNELS_SHIFT_OPERATOR_INT_H
#define KERNELS_SHIFT_OPERATOR_INT_H

#include "kernels/conv/operator.h"

/* False for depthwise ones. */
bool lc__shift_int_fits(const lc__call *call);

size_t lc__shift_int_packed(const lc__call *call, const lc__micro *m);
void lc__shift_int_pack(const lc__call *call, const lc__micro *m, const float *weights,
                        void *packed);
size_t lc__shift_int_scratch(const lc__call *call, const lc__micro *m);
void lc__shift_int_run(const lc__call *call, const lc__micro *m);

#endif
