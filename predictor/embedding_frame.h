/* What an embedding frame holds. */
#ifndef PREDICTOR_EMBEDDING_FRAME_H
#define PREDICTOR_EMBEDDING_FRAME_H

#include "costs.h"
#include "latcast/embedding.h"
#include "model.h"

struct lc_embedding_frame {
    size_t n, n_devices, n_axes;
    lc__point *points;              /* [n] the reference nets */
    char (*name)[LC__NAME_MAX + 1]; /* [n_devices] */
    double *latency;                /* [n_devices][n] > 0, of the pool devices */
    double *mean;                   /* [n] mean of their profiles */
    double *axis;                   /* [n_axes][n] unit vectors; their components sum to 0 */
    char axis_name[LC_EMBEDDING_MAX_AXES][64];
    lc__costs costs;
};

/* v[n]: logarithms of latency[n] less their mean. */
void lc__profile(const double *latency, size_t n, double *v);

#endif
