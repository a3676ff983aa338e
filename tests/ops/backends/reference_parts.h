/* What the files of the reference share. */
#ifndef TESTS_REFERENCE_PARTS_H
#define TESTS_REFERENCE_PARTS_H

#include "latcast/op.h"

typedef struct job {
    const lc_op *op;
    const lc_shape *in_shape;
    const float *const *in;
    int n_in;
    const float *weights;
    lc_shape out;
    double *y, *bound;
    double terms;
} job;

double reference_activate(double x, lc_act act);
void reference_softmax_row(double *x, int n);

/* Operators on tokens and the like, in reference_tokens.c. */
void reference_embedding(job *j);
void reference_fourier(job *j);
void reference_sdpa(job *j);
void reference_heads(job *j);
void reference_dynamic_conv(job *j);
void reference_butterfly_linear(job *j);
void reference_lstm(job *j);
void reference_mc_dropout(job *j);
void reference_range_batch_norm(job *j);

#endif
