/* The explicit form of net.json: operators in any order, tied together by their ids. */
#ifndef OPS_NET_EXPLICIT_H
#define OPS_NET_EXPLICIT_H

#include "base/json.h"
#include "latcast/net.h"

/* Reads "ops" and "output" of an object; the net has no name yet. */
lc_status lc__net_read_explicit(const lc__cur *object, lc_net **out, lc_error *err);

#endif
