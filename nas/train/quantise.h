/* Fake quantisation: values and weights rounded in f32 to those that an operator's dtype and bits
 * can hold (latcast/op.h, LC_DTYPE_MAP), and the gradients that training takes in its place: as if
 * there were no rounding (straight through, arXiv:1308.3432), but none where a value was cut off.
 * Operators of dtype any or f32 are left alone.
 *
 * The grid of op.h is one for all tensors, which few bits do not bear: of 4 bits a ReLU's output
 * would have 8 values half apart. A fitted grid is a tensor's own, and spends no sign where no
 * value has one.
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

/* Values k * step with low <= k <= high. */
typedef struct lc__grid {
    float step, low, high;
} lc__grid;

/* The grid of `bits` bits, 2 .. 16, for a tensor of a given mean square: 0 .. 2^bits - 1 where no
 * value is negative, else -(2^(bits-1) - 1) .. 2^(bits-1) - 1. It reaches as far as is best for
 * values that spread like a Laplacian, of which a tensor without negative ones is the positive half
 * and zeros (Banner et al., arXiv:1810.05723, section 2.1: the error of what is cut off against
 * that of rounding), but not beyond `most`, which no value exceeds. */
lc__grid lc__grid_fit(int bits, bool negative, double mean_square, float most);

/* As lc__quantise_values() and its derivative, on a grid. */
void lc__grid_apply(lc__grid grid, const float *x, size_t n, float *y);
void lc__grid_derive(lc__grid grid, const float *x, const float *dy, size_t n, float *dx);

/* q = w[outputs][n] as `op` computes with them, with int8 and int16: conv2d and linear by one
 * symmetric step per output, so that the largest weight stays what it is; adder_conv2d on the grid
 * of values. The weights of other operators, those of shift_conv2d being exact, and biases, which
 * are no part of w, stay as they are. q may be w. */
void lc__quantise_weights(const lc_op *op, size_t outputs, size_t n, const float *w, float *q);

/* Turns dq into dw, in place. */
void lc__quantise_weights_derive(const lc_op *op, size_t outputs, size_t n, const float *w,
                                 float *dq);

#endif
