/* A layer on one random operator: its arrays, filled, and what forward and backward make of them.
 */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include "train/layer.h"

enum { TRIAL_INPUTS = 3 };

typedef struct trial {
    const lc__layer *layer;
    lc_op op;
    lc__geometry g;
    void *state;
    size_t n_x[TRIAL_INPUTS], n_w, n_z;
    float *x[TRIAL_INPUTS], *dx[TRIAL_INPUTS];
    float *w, *dw, *z, *dz, *saved;
} trial;

/* A random operator of `type` in f32, without bias and activation where the engine adds them.
 * Inputs, weights and dz are uniform in [-range, range); forward and backward have not run. */
trial *trial_new(lc_op_type type, float range, uint64_t *seed);

/* Makes the layer ready in the way of `prepare`, where that is not the layer's own. */
void trial_prepare(trial *t, lc_status (*prepare)(const lc__geometry *, void **, lc_error *));

/* Forward, backward; dx, dw and z start as NaN. */
void trial_run(trial *t);
void trial_release(trial *t); /* the state */
void trial_free(trial *t);

/* z as the reference has it, with weights w (NULL: none) and its bound, in fresh arrays: free(). */
double *trial_reference(const trial *t, const lc_op *op, const float *w, double **bound);

/* Expects z to be the reference's up to rounding. */
void trial_expect_forward(const trial *t, const lc_op *op, const float *w);

/* Expects dx and dw to be the derivatives of sum z dz, by differences of the reference's at some of
 * their places. */
void trial_expect_gradients(trial *t, uint64_t *seed);

#endif
