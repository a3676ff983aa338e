/* Tiles: how an inner loop plugs into the driver of sliding sums (sliding.h).
 *
 * The driver knows geometry, padding, packing and threads, and no vectors; a micro-kernel knows
 * vectors and nothing else. It computes one tile, up to `rows` output pixels times one block of
 * `outputs` output channels, over the whole depth k (taps x input channels of the group):
 *
 *     y[p][o] = finish(sum over k of term(x[p][k], w[k][o]))       o < lanes
 *
 * The depth is cut into `segments` pieces of `length` bytes: that of segment s and pixel p begins
 * at x[s] + p * x_stride, all of it readable, zeros where the window is over padding. Weights lie
 * as [depth / step][outputs][step]: `step` inputs side by side for instructions that take several
 * at once (1 for f32, 2 for bf16 and int16, 4 for int8). The inputs of a kernel row are filled up
 * to whole steps; weights are zero there, inputs anything finite unless `zeros` asks for more.
 *
 * To plug one in, describe it by an lc__micro and hand that to the functions of sliding.h. Most
 * micro-kernels need only a term: tile_loop.h makes the loop around it, finish.h what follows.
 */
#ifndef KERNELS_CONV_TILE_H
#define KERNELS_CONV_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/quant.h"

/* A finish that only clamps: sum * (scale * unit) + bias * unit to least .. most. */
typedef struct lc__clamp {
    bool all; /* the whole finish is that */
    float unit, least, most;
} lc__clamp;

/* What happens to sums: y = store(act(sum * scale + bias)), where an integer sum begins at `start`.
 * Arrays are [outputs], or NULL. */
typedef struct lc__finish {
    const int32_t *start;        /* of integer sums */
    const float *offset, *close; /* of f32 sums, for terms that ask for them */
    const float *scale, *bias;
    lc_act act;
    lc__format format;
    lc__clamp clamp; /* by lc__clamp_of(); lc__sliding_run() sees to it */
} lc__finish;

/* From act and format. */
lc__clamp lc__clamp_of(const lc__finish *f);

/* The same from output number `first` on. */
static inline lc__finish lc__finish_from(const lc__finish *f, size_t first) {
    lc__finish from = *f;
    from.start = f->start == NULL ? NULL : f->start + first;
    from.close = f->close == NULL ? NULL : f->close + first;
    from.offset = f->offset == NULL ? NULL : f->offset + first;
    from.scale = f->scale == NULL ? NULL : f->scale + first;
    from.bias = f->bias == NULL ? NULL : f->bias + first;
    return from;
}

typedef struct lc__tile {
    const char *const *x;      /* [segments], of the tile's first pixel */
    size_t segments, length;   /* how many, bytes of each */
    size_t x_stride, y_stride; /* bytes from pixel to pixel */
    const void *weights;
    char *y;
    size_t lanes;      /* outputs to store, 1 .. outputs of the micro-kernel */
    lc__finish finish; /* arrays from the tile's first output on */
    void *keep;        /* 8 bytes for each row, kept from block to block of the same pixels */
    bool first;        /* no block of these pixels was done before: `keep` is undefined */
} lc__tile;

/* Computes `rows` >= 1 pixels. */
typedef void lc__tile_fn(const lc__tile *tile, int rows);

typedef struct lc__micro {
    lc__tile_fn *tile;
    int rows;                      /* pixels of a tile at most */
    size_t outputs;                /* of a block of packed weights */
    size_t step;                   /* inputs side by side */
    bool zeros;                    /* inputs that fill steps must be zeros too */
    unsigned char fill;            /* every byte of an input over padding */
    int32_t offset;                /* what it adds to inputs; lc__finish.start takes it away */
    size_t x_size, w_size, y_size; /* bytes of an element */
    void (*weight)(float w, float step, void *to); /* stores one weight, in units of `step` */
} lc__micro;

#endif
