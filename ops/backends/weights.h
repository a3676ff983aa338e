/* Weights and inputs drawn from a seed: the same for every backend, so that their results can be
 * compared, and on every machine.
 *
 * Layout, all f32; a bias is there when the operator has one:
 *
 *   conv2d, shift_conv2d, adder_conv2d   weights [out][kernel_h][kernel_w][in / groups], bias [out]
 *   linear           weights [out][in], bias [out]
 *   attention        q, k, v, output in turn: weights [C][C] (out, in), bias [C]
 *   layer_norm       scale [C], offset [C]
 *   squeeze_excite   W1 [squeeze][C], b1 [squeeze], W2 [C][squeeze], b2 [C]
 *   wma              W [heads][D][D], D = C / heads: q becomes W q
 *   butterfly_linear factors [stages][side / 2][2][2] (out, in), bias [out]; block p of stage s
 *                    is on the values p / 2^s * 2^(s + 1) + p % 2^s and 2^s after it
 *   lstm             of the input [4 hidden][C], of the state [4 hidden][hidden], bias [4 hidden];
 *                    gates input, forget, cell, output
 *   range_batch_norm scale [C], offset [C]
 *   embedding        [rows][C]
 */
#ifndef BACKENDS_WEIGHTS_H
#define BACKENDS_WEIGHTS_H

#include "latcast/net.h"

/* Draws the lc_op_weight_count() weights of node `index` into data.
 *
 * Weights are uniform with a variance of gain / fan-in, gain 2 before a rectifier and 1 otherwise
 * (He et al., arXiv:1502.01852, section 2.2), which keeps activations of order 1 through deep nets.
 * Shift weights are +-2^p, p uniform in -7 .. 0 below that scale. An adder's bias makes up for the
 * mean of its sum, which is far below zero. */
void lc__weights_draw(const lc_net *net, int index, uint64_t seed, float *data);

/* The values of an input node, from the first to the last. */
typedef struct lc__inputs {
    uint64_t state;
    int32_t rows; /* of the table that they pick from; 0: none */
} lc__inputs;

/* Of input node `index`. */
lc__inputs lc__inputs_new(const lc_net *net, int index, uint64_t seed);

/* The next `count`: of [-1, 1), or where an embedding reads them, rows of its table. */
void lc__inputs_next(lc__inputs *inputs, size_t count, float *data);

#endif
