/* Values as the dtypes hold them, from the definition in latcast/op.h and nothing of the library's
 * kernels. */
#ifndef TESTS_STORED_H
#define TESTS_STORED_H

#include "latcast/op.h"

/* Rounds x[n] to what `dtype` holds in `bits` bits (0 = all). */
void store_values(lc_dtype dtype, int bits, float *x, size_t n);

/* Rounds the weights of an operator, laid out as backends/weights.h has them, to those that its
 * dtype multiplies by: of int8 convolutions and linear layers. Other weights stay f32. */
void store_weights(const lc_op *op, lc_shape in, float *weights);

/* The distance of neighbouring values of an operator's output; 0 in f32 and bf16. */
double stored_step(const lc_op *op);

/* y at most as large as an operator's output can be. */
double clamp_to_range(const lc_op *op, double y);

/* True where an operator can give y. */
bool is_stored_value(const lc_op *op, float y);

#endif
