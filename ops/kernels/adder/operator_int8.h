/* Adder convolutions in int8 by a micro-kernel; for LC__KERNEL_BY of operator.h. */
#ifndef KERNELS_ADDER_OPERATOR_INT8_H
#define KERNELS_ADDER_OPERATOR_INT8_H

#include "kernels/conv/operator.h"

/* False for depthwise ones, and where weights are to be stored two to a byte. */
bool lc__adder_int8_fits(const lc__call *call);

size_t lc__adder_int8_packed(const lc__call *call, const lc__micro *m);
void lc__adder_int8_pack(const lc__call *call, const lc__micro *m, const float *weights,
                         void *packed);
size_t lc__adder_int8_scratch(const lc__call *call, const lc__micro *m);
void lc__adder_int8_run(const lc__call *call, const lc__micro *m);

#endif
