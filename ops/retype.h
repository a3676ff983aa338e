/* Nets with other attributes at their operators. */
#ifndef OPS_RETYPE_H
#define OPS_RETYPE_H

#include "latcast/net.h"

/* A copy of the net, its origin included, with ops[lc_net_size(net)] for its operators. LC_EFORMAT,
 * LC_EUNSUPPORTED as lc_net_add(), naming the node. Free with lc_net_free(). */
lc_status lc__net_retype(const lc_net *net, const lc_op *ops, lc_net **out, lc_error *err);

/* The operator without dtype and bits: as the device runs it. */
lc_op lc__op_untyped(const lc_op *op);

#endif
