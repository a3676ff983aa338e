/* LC__LANES kernels of one order side by side, each reduced to a tridiagonal matrix. With it, what
 * is asked of (kernel + noise) costs a few operations per sample and noise, where a Cholesky factor
 * would cost n^3 each and eigenvectors several times as much as the reduction.
 *
 * Kernels and targets come in the frame of frame.h: index 0 is the direction of the constant, the
 * "minor" is what remains without it. The reduction T = Q' K Q leaves index 0 alone. */
#ifndef PREDICTOR_BUNDLE_H
#define PREDICTOR_BUNDLE_H

#include "grid.h"
#include "lanes.h"

typedef struct lc__bundle {
    size_t n;
    lc__lanes *matrix;     /* [n][n] lower triangle: the kernels, then the reflections of Q */
    lc__lanes *diag, *off; /* [n] T; off[i] links i and i + 1 */
    lc__lanes *strength;   /* [n] reflection k is 1 - strength[k] v v', v below the diagonal */
    lc__lanes *work;       /* [5 n] */
} lc__bundle;

/* What a noise level makes of a target. */
typedef struct lc__judgement {
    lc__lanes log_det;    /* of minor + noise */
    lc__lanes log_energy; /* of target' (minor + noise)^-1 target + LC__SCALE_RATE */
} lc__judgement;

/* Zeroed lanes, aligned; release with free(). NULL with err filled when out of memory. */
lc__lanes *lc__lanes_new(size_t n, lc_error *err);

/* Release with lc__bundle_clear() (also on failure). */
lc_status lc__bundle_alloc(size_t n, lc__bundle *out, lc_error *err);
void lc__bundle_clear(lc__bundle *bundle);

/* Adds kernels sum_b weight[b] gram[b], gram[b] of [n][n], NULL: empty, to those that are there;
 * lc__bundle_empty() leaves none. */
void lc__bundle_empty(lc__bundle *bundle);
void lc__bundle_mix(lc__bundle *bundle, const double *const *gram, const lc__lanes *weight);

/* Reduces the kernels, and targets[n_targets][n] along with them. */
void lc__bundle_reduce(lc__bundle *bundle, lc__lanes *targets, size_t n_targets);

/* What each lc__noise[] makes of a reduced target [n], whose index 0 is not looked at. */
void lc__bundle_judge(const lc__bundle *bundle, const lc__lanes *target,
                      lc__judgement out[LC__NOISES]);

/* Undoes the reduction of vectors[n_vectors][n], and of the symmetric square [n][n], whose lower
 * triangle is given and whose index 0 is empty. */
void lc__bundle_restore(const lc__bundle *bundle, lc__lanes *vectors, size_t n_vectors,
                        lc__lanes *square);

#endif
