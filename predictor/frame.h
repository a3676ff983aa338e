/* Coordinates over the samples in which the constant is one axis.
 *
 * With s_i = sqrt(w_i), w the samples' weights, everything over the samples is multiplied by s and
 * mirrored so that the constant, s / |s|, becomes -e_0. What is orthogonal to the constant is then
 * index 1 .. n - 1, for all kernels and targets at once. */
#ifndef PREDICTOR_FRAME_H
#define PREDICTOR_FRAME_H

#include "grid.h"

/* n samples under both links. Borrowed. */
typedef struct lc__problem {
    size_t n;
    const double *target[LC__LINKS];             /* [n] */
    const double *size[LC__LINKS][LC__VARIANTS]; /* [n] sizes, or their logarithms */
    const double *gram[LC__LINKS][LC__BLOCKS];   /* [n][n], NULL: the block is empty */
} lc__problem;

typedef struct lc__frame {
    size_t n;
    double *root;                          /* [n] s, to be set by whoever weighs the samples */
    double norm;                           /* |s| */
    double *mirror;                        /* [n] v with |v|^2 = 2: H = 1 - v v' is the mirror */
    double *target[LC__LINKS];             /* [n] H (s o target) */
    double *size[LC__LINKS][LC__VARIANTS]; /* [n] the same of the sizes */
    double *gram[LC__LINKS][LC__BLOCKS];   /* [n][n] H (s s' o gram) H, NULL: empty */
    double *store;
} lc__frame;

/* Room for a problem's numbers, all samples of weight 1. Release with lc__frame_clear() (also on
 * failure). */
lc_status lc__frame_alloc(const lc__problem *problem, lc__frame *out, lc_error *err);
void lc__frame_clear(lc__frame *frame);

/* Brings the problem into the frame, given frame->root. */
void lc__frame_turn(lc__frame *frame, const lc__problem *problem);

/* x[n] := H (s o x) */
void lc__frame_enter(const lc__frame *frame, double *x);

/* rows[n][width] := H diag(s) rows; scratch[width]. */
void lc__frame_enter_rows(const lc__frame *frame, double *rows, size_t width, double *scratch);

#endif
