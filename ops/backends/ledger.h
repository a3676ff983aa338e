/* What preparing a net takes, counted before it is taken: Linux promises more memory than it has,
 * and kills who uses it. */
#ifndef BACKENDS_LEDGER_H
#define BACKENDS_LEDGER_H

#include "latcast/backend.h"
#include "latcast/net.h"

typedef struct lc__ledger {
    const lc_net *net;
    double available;   /* bytes that the net may take */
    double taken, most; /* bytes counted now, and at most so far */
} lc__ledger;

/* Of `available` bytes (lc__memory_available()) a part is left: page tables (1/512), the rounding
 * of allocators, code that runtimes generate (some 30 KB for each operator), stacks of threads, the
 * values that are measured, and what else runs on the machine. */
lc__ledger lc__ledger_open(const lc_net *net, double available);

/* LC_ENOMEM, with the operator that takes most, where the net in `dtype` (of operators that name
 * none) needs more than is available by any way to run it: all weights, and one operator's inputs
 * and output at a time. Counts nothing. */
lc_status lc__ledger_check(const lc__ledger *ledger, lc_dtype dtype, lc_error *err);

/* Counts `bytes` that are about to be taken. LC_ENOMEM, and nothing counted, where they are not to
 * be had: the message names node `node`, which takes `own` of them. */
lc_status lc__ledger_take(lc__ledger *ledger, int node, double own, double bytes, lc_error *err);

/* Bytes that were freed. */
void lc__ledger_give(lc__ledger *ledger, double bytes);

/* The most that preparing `exec` took, bytes: at least what it holds and what its runs take. 0 of
 * backend null, and of one that runs elsewhere. */
double lc__exec_bytes(const lc_exec *exec);

#endif
