/* Composites: operators that stand for several. */
#ifndef OPS_COMPOSITE_H
#define OPS_COMPOSITE_H

#include "latcast/net.h"

/* Adds to `net` what a composite `op` on node x stands for: parts "<id>.<part>", the last one `id`,
 * whose index goes to *index. On failure some of them may have been added. */
lc_status lc__composite_add(lc_net *net, const char *id, const lc_op *op, int x, int *index,
                            lc_error *err);

/* Whether a net is one operator on its inputs, or one composite. */
bool lc__net_is_one(const lc_net *net);

#endif
