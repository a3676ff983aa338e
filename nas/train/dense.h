/* Dense layers: y [rows, out] = x [rows, in] w^T + bias, w [out, in], bias [out]. */
#ifndef TRAIN_DENSE_H
#define TRAIN_DENSE_H

#include <stddef.h>

typedef struct lc__dense {
    size_t rows, in, out;
} lc__dense;

/* bias NULL: none. */
void lc__dense_forward(lc__dense d, const float *x, const float *w, const float *bias, float *y);

/* From dy the gradients; dx and dbias may be NULL. */
void lc__dense_backward(lc__dense d, const float *x, const float *w, const float *dy, float *dx,
                        float *dw, float *dbias);

#endif
