/* Random operators and their inputs, as nets of one operator. */
#ifndef TESTS_RANDOM_OP_H
#define TESTS_RANDOM_OP_H

#include "latcast/net.h"

/* A net whose output is one random operator of `type` and `dtype` and whose other nodes are its
 * inputs, drawn from *seed (advanced). Sizes are small, odd ones and full blocks of channels alike;
 * integers are of fewer bits now and then. */
lc_net *random_op_net(lc_op_type type, lc_dtype dtype, uint64_t *seed);

#endif
