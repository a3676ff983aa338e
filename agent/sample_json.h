/* A measurement as a sample object: the line of a spool. */
#ifndef AGENT_SAMPLE_JSON_H
#define AGENT_SAMPLE_JSON_H

#include "latcast/device.h"
#include "measure.h"
#include "state.h"

typedef struct lc__sample_facts {
    const char *device;
    const char *run_id; /* the id is "<run_id>-<digest of the net>" */
    const lc_plan_item *item;
    const lc__measurement *result;
    const lc__perf *perf;
    const lc__state *state; /* frequency and temperature now; left out where not known */
    const double *raw_ns;   /* [result->n_values], or NULL to leave them out */
} lc__sample_facts;

/* One line (free()); NULL when out of memory. Times are rounded to 0.001 ns. */
char *lc__sample_to_json(const lc__sample_facts *facts);

#endif
