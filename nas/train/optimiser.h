/* Steps along the gradients that a store has gathered. */
#ifndef TRAIN_OPTIMISER_H
#define TRAIN_OPTIMISER_H

#include "store.h"

typedef enum lc__method { LC__SGD, LC__ADAM } lc__method;

/* Start from lc__optimiser_init(). */
typedef struct lc__optimiser {
    lc__method method;
    double decay;    /* of weights, not of batch-norm: added to the gradient by SGD, taken off the
                        weights by Adam (Loshchilov and Hutter, arXiv:1711.05101, algorithm 2) */
    double momentum; /* SGD: Nesterov's (Sutskever et al., ICML 2013); 0: none */
    double beta1, beta2, epsilon; /* Adam (arXiv:1412.6980, algorithm 1) */
    double clip;                  /* largest norm of all gradients together, without those of
                                     layers with an adaptive rate; 0: any */
    double local_rate;            /* eta of layers with an adaptive rate */
} lc__optimiser;

/* Momentum 0.9, beta 0.9 and 0.999, epsilon 1e-8, local rate 0.1, no decay, no clip. */
lc__optimiser lc__optimiser_init(lc__method method);

/* When something happened, for messages. */
typedef struct lc__when {
    int epoch;
    int64_t step;
} lc__when;

/* One step of `rate` for every slot that was touched since the last. Others stay as they are, with
 * their moments. LC_ERUNTIME, and nothing has changed: a gradient is not finite; the message names
 * epoch, step and weights. */
lc_status lc__optimiser_step(const lc__optimiser *optimiser, double rate, lc__store *store,
                             lc__when when, lc_error *err);

/* Forgets the gradients gathered. */
void lc__optimiser_drop(lc__store *store);

/* The rate of step 0 .. steps-1: up to `peak` in a straight line over the first `warmup` steps,
 * then down to `floor` along half a cosine (arXiv:1608.03983, eq. 5, without restarts). */
typedef struct lc__schedule {
    double peak, floor;
    int64_t steps, warmup;
} lc__schedule;

double lc__schedule_rate(const lc__schedule *schedule, int64_t step);

#endif
