/* Which pixels an adder's windows touch: from each pixel of one side, the results, to those of the
 * other side, the sources. Forward the results are the outputs and the sources the inputs; backward
 * it is the other way round.
 */
#ifndef TRAIN_ADDER_WALK_H
#define TRAIN_ADDER_WALK_H

#include "layer.h"

typedef struct lc__walk {
    const lc_op *op;
    bool backward;
    lc_shape results, sources;
    int *rows, *columns; /* [results.h], [results.w]: the order in which results are visited */
    int *row_taps;       /* [results.h][kernel_h]: the source line that a tap touches, or -1 */
    int *column_taps;    /* [results.w][kernel_w] */
} lc__walk;

/* A result pixel. */
typedef struct lc__place {
    int image, row, column;
} lc__place;

/* LC_ENOMEM. Free with lc__walk_free(), also after a failure. */
lc_status lc__walk_new(const lc__geometry *g, bool backward, lc__walk *walk, lc_error *err);
void lc__walk_free(lc__walk *walk);

/* Pixel number `at` of lc__n_rows(results). Backward, with a stride, neighbours in this order lie a
 * stride apart, so that most of them are touched by the same taps. */
lc__place lc__walk_place(const lc__walk *walk, size_t at);

/* The index of a pixel in the whole tensor. */
size_t lc__walk_pixel(const lc__walk *walk, lc__place place);

/* The sources of a result, one for each tap [kernel_h * kernel_w]: where in `data` the channels of
 * the pixel begin, or `padding` where there is none. Returns how many there are. */
int lc__walk_sources(const lc__walk *walk, lc__place place, const float *data, const float *padding,
                     const float **sources);

#endif
