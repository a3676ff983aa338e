/* Adder convolutions in f32 by a pair of micro-kernels; for LC__KERNEL_BY of operator.h. */
#ifndef KERNELS_ADDER_OPERATOR_F32_H
#define KERNELS_ADDER_OPERATOR_F32_H

#include "kernels/conv/operator.h"

/* The quick form and the accurate one: of the same tile. */
typedef struct lc__adder_f32 {
    const lc__micro *by_min, *plain;
} lc__adder_f32;

/* False for depthwise ones. */
bool lc__adder_f32_fits(const lc__call *call);

size_t lc__adder_f32_packed(const lc__call *call, const lc__adder_f32 *a);
void lc__adder_f32_pack(const lc__call *call, const lc__adder_f32 *a, const float *weights,
                        void *packed);
size_t lc__adder_f32_scratch(const lc__call *call, const lc__adder_f32 *a);
void lc__adder_f32_run(const lc__call *call, const lc__adder_f32 *a);

#endif
