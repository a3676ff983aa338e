/* What the parts of `predict eval` share. */
#ifndef PREDICT_EVAL_H
#define PREDICT_EVAL_H

#include "cmd.h"
#include "tasks/harness.h"

typedef struct lc__eval_request {
    const char *suite, *data, *tasks; /* a suite that ships, or */
    const char *table, *format, *quantity, *space, *nets, *sources, *targets; /* one's own data */
    const char *samples, *selection, *baselines, *report;
    int64_t source_samples, seeds, first_seed, threads;
    bool json;
} lc__eval_request;

/* Prints the results: a table for people, or JSON (docs/schema/eval.schema.json). */
void lc__eval_show(const lc__eval *eval);
lc_status lc__eval_json(const lc__eval_request *request, const char *suite, const lc__eval *eval,
                        lc_error *err);

#endif
