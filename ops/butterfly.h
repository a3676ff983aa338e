/* The matrix that a butterfly_linear is a part of. */
#ifndef OPS_BUTTERFLY_H
#define OPS_BUTTERFLY_H

#include "latcast/op.h"

/* Its side, the least power of two that holds the channels of both sides and at least 2; and the
 * number of its factors, log2 of the side. */
int64_t lc__butterfly_side(const lc_op *op, lc_shape in);
int lc__butterfly_stages(const lc_op *op, lc_shape in);

#endif
