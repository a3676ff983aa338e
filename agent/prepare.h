/* Prepares the nets of a plan. */
#ifndef AGENT_PREPARE_H
#define AGENT_PREPARE_H

#include "plan_runner.h"

typedef struct lc__preparing {
    const lc__run_options *options;
    const lc__run_events *events;
    double took_ns; /* of the last, without its first run */
} lc__preparing;

/* Prepares a net that was prepared before, in other memory: lc_exec_free(*out). */
lc_status lc__prepare_again(lc__preparing *p, const lc_net *net, lc_exec **out, lc_error *err);

/* Prepares a net and runs it once, by when it has taken all the memory that it takes; that it is
 * begun is noted meanwhile. LC_OK also when that cannot be: then *out is NULL, and `why` says why.
 * LC_EIO where the note cannot be written, with nothing in *out. */
lc_status lc__prepare_first(lc__preparing *p, const lc_net *net, lc_exec **out, lc_error *why,
                            lc_error *err);

#endif
