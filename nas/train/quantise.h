/* Fake quantisation: values and weights rounded in f32 to those that an operator's dtype and bits
 * can hold (latcast/op.h, LC_DTYPE_MAP), and the gradients that training takes in its place: as if
 * there were no rounding (straight through, arXiv:1308.3432), but none where a value was cut off.
 * Operators of dtype any or f32 are left alone.
 */
#ifndef TRAIN_QUANTISE_H
#define TRAIN_QUANTISE_H

#include "latcast/op.h"

/* True where the two below change anything. */
bool lc__quantises_values(const lc_op *op);
bool lc__quantises_weights(const lc_op *op);

/* y[n] = x[n] as `op` stores its output. y may be x. */
void lc__quantise_values(const lc_op *op, const float *x, size_t n, float *y);

/* dx[n] from dy[n]; x as it was before. dx may be dy. */
void lc__quantise_values_derive(const lc_op *op, const float *x, const float *dy, size_t n,
                                float *dx);

/* q = w[outputs][n] as `op` computes with them, with int8 and int16: conv2d and linear by one
 * symmetric step per output, so that the largest weight stays what it is; adder_conv2d on the grid
 * of values. The weights of other operators, those of shift_conv2d being exact, and biases, which
 * are no part of w, stay as they are. q may be w. */
void lc__quantise_weights(const lc_op *op, size_t outputs, size_t n, const float *w, float *q);

/* Turns dq into dw, in place. */
void lc__quantise_weights_derive(const lc_op *op, size_t outputs, size_t n, const float *w,
                                 float *dq);

#endif
