/* The nets of a space that differ from one of them in a single position. */
#ifndef OPS_SPACES_SWEEP_H
#define OPS_SPACES_SWEEP_H

#include "latcast/space.h"

/* Sees `base` with `option` at `position`; the net is the sweep's. A failure ends the sweep. */
typedef lc_status lc__sweep_fn(void *ctx, int position, int option, const lc_net *net,
                               lc_error *err);

/* Visits every option of every position in turn, base[n_positions] itself once a position. */
lc_status lc__space_sweep(const lc_space *space, const int *base, lc__sweep_fn *visit, void *ctx,
                          lc_error *err);

#endif
