/* adder_conv2d with kernels of the caller's choice, for tests and timing; lc__layer_adder_conv2d
 * takes the best that this CPU runs. */
#ifndef TRAIN_ADDER_H
#define TRAIN_ADDER_H

#include "adder_kernels.h"
#include "layer.h"

/* Like lc__layer.prepare. */
lc_status lc__adder_prepare(const lc__geometry *g, const lc__adder_kernels *kernels, void **state,
                            lc_error *err);

#endif
