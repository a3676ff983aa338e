/* Batch-norm (Ioffe and Szegedy, arXiv:1502.03167, algorithm 1) and the activation after it, on
 * rows of C values: y = act(scale (z - mean) / sqrt(variance + epsilon) + offset). */
#ifndef TRAIN_NORM_H
#define TRAIN_NORM_H

#include "latcast/op.h"
#include "reducer.h"

typedef struct lc__norm {
    size_t rows, channels;
    lc_act act;
    float epsilon, momentum;
    const float *scale, *offset; /* [channels] */
    const lc__reducer *reducer;  /* sums over the ranks' rows; NULL: one rank */
    int threads;                 /* that share the rows */
    double *work;                /* lc__norm_work(channels, threads) doubles */
} lc__norm;

size_t lc__norm_work(size_t channels, int threads);

/* Floats of running statistics: means, variances, and how many batches they are from. They are the
 * plain average of the first 1 / momentum batches and fade from there on, so that statistics begun
 * anew (all zeros) are soon good. */
size_t lc__norm_statistics(size_t channels);

/* Mean and 1 / sqrt(variance + epsilon) of the batch's channels: kept [2][channels]. `running`
 * NULL: they are not gathered. */
lc_status lc__norm_measure(const lc__norm *norm, const float *z, float *kept, float *running,
                           lc_error *err);
/* The same from running statistics; without any, mean 0 and variance 1. */
void lc__norm_recall(const lc__norm *norm, const float *running, float *kept);

void lc__norm_apply(const lc__norm *norm, const float *kept, const float *z, float *y);

/* Turns the gradient by y into the gradient by z, in place, for kept values of the batch, and adds
 * those by scale and offset, of all ranks together, to dscale and doffset. */
lc_status lc__norm_derive(const lc__norm *norm, const float *kept, const float *z, float *dy,
                          float *dscale, float *doffset, lc_error *err);

#endif
