/* What memory this process may still have, so that a net too large for it is refused and not
 * killed: Linux promises more than it has. */
#ifndef BACKENDS_MEMORY_H
#define BACKENDS_MEMORY_H

#include "latcast/net.h"

/* Bytes that can be had without swapping: the least of what the machine has available, what the
 * control groups of this process leave it (cgroup v1 and v2, Linux Documentation/admin-guide), and
 * what its limit on address space does, and the addresses there are, 4 GB of 32 bits. `root` is put
 * before /proc and /sys; "" is this machine. */
double lc__memory_available(const char *root);

/* LC_ENOMEM, with the operator that takes most, where a net in `dtype` (of operators that name
 * none) needs more than `available` bytes by any way to run it: all weights, and one operator's
 * inputs and output at a time. */
lc_status lc__memory_check(const lc_net *net, lc_dtype dtype, double available, lc_error *err);

/* Sets that error: node `index`, which takes `own` bytes, of a net that needs `whole`. */
lc_status lc__memory_refuse(const lc_net *net, int index, double own, double whole,
                            double available, lc_error *err);

#endif
