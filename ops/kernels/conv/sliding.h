/* Sums over sliding windows: the driver under convolutions, linear layers and matrix products of
 * every term, dtype and instruction set. What differs is a micro-kernel (tile.h).
 *
 * Channels come last, so the taps of one kernel row are one run of memory. A tile whose windows lie
 * inside the image reads it in place. One that touches padding reads a copy of the input under it
 * with the zeros in place, a few per cent of the tile's time; so does every tile where channels do
 * not fill the steps of the micro-kernel. Where lines of the image are too short for a tile, or
 * windows do not overlap, the windows are copied one by one. All tiles of a panel of weights that
 * fits the second-level cache are done before the next panel's.
 */
#ifndef KERNELS_CONV_SLIDING_H
#define KERNELS_CONV_SLIDING_H

#include "kernels/conv/tile.h"
#include "kernels/team.h"

typedef struct lc__sliding {
    size_t images;
    int in_h, in_w, out_h, out_w; /* pixels of an image */
    int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
    size_t groups, in_group, out_group; /* groups; channels of each, in and out */
    size_t x_stride, y_stride;          /* elements from pixel to pixel */
    const void *x, *weights;            /* weights packed by lc__sliding_pack() */
    void *y;
    lc__finish finish; /* arrays over all outputs */
} lc__sliding;

/* A convolution's geometry; data pointers and finish, but for act, are not set. */
lc__sliding lc__sliding_conv(const lc_op *op, lc_shape in, lc_shape out);

/* A matrix product Y[rows, outputs] = X[rows, inputs] * W. */
lc__sliding lc__sliding_matrix(size_t rows, size_t inputs, size_t outputs);

/* Taps x input channels of a group. */
size_t lc__sliding_depth(const lc__sliding *s);

/* Bytes of packed weights, a multiple of 64. */
size_t lc__sliding_packed(const lc__sliding *s, const lc__micro *m);

/* Packs weights[groups * out_group][depth]; steps[groups * out_group] are those of quantised ones,
 * else NULL. */
void lc__sliding_pack(const lc__sliding *s, const lc__micro *m, const float *weights,
                      const float *steps, void *packed);

/* Bytes of scratch that a run on `threads` threads needs. */
size_t lc__sliding_scratch(const lc__sliding *s, const lc__micro *m, int threads);

/* Computes all of y. */
void lc__sliding_run(const lc__sliding *s, const lc__micro *m, void *scratch, lc__team *team);

#endif
