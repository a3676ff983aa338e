/* Options of a position that share weights.
 *
 * A path is drawn for each step, so each of ten options would see a tenth of the steps, and what
 * follows a block would have to put up with ten ways of saying the same. So convolutions at one
 * place that differ in width or kernel take their weights out of those of the largest: the first
 * channels, the middle of the kernel (Stamoulis et al., arXiv:1904.02877, section 3; Cai et al.,
 * arXiv:1908.09791, section 3.1). A shift takes a convolution's weights and rounds them. Adders,
 * whose weights spread otherwise (arXiv:2210.13361), share among themselves; depthwise, grouped and
 * dense convolutions, and kernels of 1 and larger ones, each share with their like. Batch-norm is
 * each option's own.
 *
 * The shared weights are slots of their own, named "<node>/<family>". Those of a path are copied
 * from them before it runs and hand back their gradients; an optimiser moves the shared ones alone.
 */
#ifndef TRAIN_SHARE_H
#define TRAIN_SHARE_H

#include "latcast/space.h"
#include "store.h"

typedef struct lc__share lc__share;

/* What the nets of a space can share. */
lc_status lc__share_new(const lc_space *space, lc__share **out, lc_error *err);
void lc__share_free(lc__share *share);

/* Copies the shared weights to the slots of a path of the space, which are made where there are
 * none, as are the shared ones. LC_EFORMAT: a slot of another size. */
lc_status lc__share_pull(const lc__share *share, const lc_net *net, lc__store *store,
                         lc_error *err);

/* Adds the gradients of a path's slots to those of the shared ones. Slots that are not touched
 * (frozen) hand back nothing; after it none of the path's that shares is. */
lc_status lc__share_push(const lc__share *share, const lc_net *net, lc__store *store,
                         lc_error *err);

#endif
