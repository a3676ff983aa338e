/* PGP: progressive pretraining of a hybrid supernet (NASA, arXiv:2210.13361). Weights
 * of convolutions and shifts spread like Gaussians, those of adders like Laplacians, and trained
 * together from the start they do not converge. So the epochs are three stages:
 *
 *   conv      multiplying and shifting options alone are sampled and trained
 *   adder     all are sampled; adders are trained, what was trained before is frozen
 *   mixture   all are sampled and trained
 *
 * with a larger learning rate where adders are trained, and batch-norm scales that start at 0 where
 * a block ends in a sum, so that a new block begins as the identity (arXiv:1706.02677,
 * section 5.1). Attention counts as multiplying.
 */
#ifndef TRAIN_PGP_H
#define TRAIN_PGP_H

#include "latcast/net.h"
#include "latcast/space.h"

/* What an option of a space computes with, by its name: "shift_...", "adder_...", "attention...",
 * "skip"; anything else is a convolution. */
typedef enum lc__option_kind {
    LC__OPTION_CONV,
    LC__OPTION_SHIFT,
    LC__OPTION_ADDER,
    LC__OPTION_ATTENTION,
    LC__OPTION_SKIP,
    LC__OPTION_KINDS
} lc__option_kind;

lc__option_kind lc__option_kind_of(const lc_space *space, int position, int option);

/* Epochs of each stage, and factors on the learning rate. */
typedef struct lc__pgp {
    int conv, adder, mixture;
    double conv_rate, adder_rate;
} lc__pgp;

/* NASA's recipe: thirds of `epochs` (its program has 40 of each), and twice the rate once adders
 * are trained (0.1 after 0.05). */
lc__pgp lc__pgp_plan(int epochs);

/* Pretraining without stages, to compare with: all sampled and trained from the start, at the
 * larger rate throughout. */
lc__pgp lc__pgp_plain(int epochs);

/* What holds in one epoch. Bit (1 << kind) of `sampled` and `frozen`. */
typedef struct lc__pgp_stage {
    const char *name; /* "conv", "adder", "mixture" */
    unsigned sampled; /* kinds that paths are drawn from */
    unsigned frozen;  /* kinds that pass gradients on, but whose weights, scales and offsets stay */
    double rate;      /* factor on the learning rate */
} lc__pgp_stage;

/* Epochs count from 0; beyond the last it is `mixture`. */
lc__pgp_stage lc__pgp_at(const lc__pgp *pgp, int epoch);

/* Draws choices[n_positions] for one path, uniform over the options of the kinds that are sampled;
 * over all of a position where none of those is. *seed is advanced (splitmix64). */
void lc__pgp_sample(const lc__pgp_stage *stage, const lc_space *space, uint64_t *seed,
                    int *choices);

/* True where the weights of `position` under `option` are not to be changed. Those of no position
 * (stem, head) always train: position -1 gives false. */
bool lc__pgp_freezes(const lc__pgp_stage *stage, const lc_space *space, int position, int option);

/* True where the scale of the batch-norm after `node` starts at 0: it is a convolution of any kind
 * that nothing but a sum with a shortcut follows. Not in cells, where the other edges of a sum may
 * be convolutions as well, or nothing: such a cell would pass no data on, and no gradient. */
bool lc__pgp_starts_at_zero(const lc_net *net, int node);

#endif
