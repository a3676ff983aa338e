/* profagent run: what its files share. */
#ifndef AGENT_RUN_COMMAND_H
#define AGENT_RUN_COMMAND_H

#include <cjson/cJSON.h>

#include "base/progress.h"
#include "begun.h"
#include "notify.h"
#include "plan_runner.h"
#include "run_setup.h"
#include "state.h"
#include "upload_command.h"

#define RUN_ADVICE_LINES 5 /* warnings of one kind that are printed in full */

typedef struct run_command {
    const char *plan_path, *out;
    run_setup setup;
    lc__upload_options upload;
    int64_t threads, batch, weight_seed, retries;
    double seconds, precision, time_budget;
    bool raw, fresh, quiet, json;
    char spool_path[4096], acked_path[4200], begun_path[4200];
    /* at work */
    lc_plan plan;
    lc__spool spool;
    lc__begun begun;
    lc__uploader *uploader; /* NULL: no upload */
    bool upload_later;      /* an attempt failed: not again before the end */
    size_t since_upload;
    size_t over_budget; /* items warned about */
    lc__state before;   /* the measuring */
    size_t misfits;     /* items that cannot be read */
    cJSON *skipped;     /* array of what was, with reasons, misfits first; NULL: nothing */
    bool restored;      /* the spool was gone and was made anew of OUT */
    lc__progress progress;
    lc__notify notify; /* the service manager */
    lc__run_report report;
    lc__upload_report sent;
    double started;
} run_command;

/* Prepares, measures and concludes what the options say; returns the exit code. Release with
 * run_clear(), also after a failure. */
int run_once(run_command *o);
void run_clear(run_command *o);

/* The same at each of the frequencies that `list` names, with a device and an OUT of its own for
 * each. Returns the first exit code that is not 0; after a signal, or when a frequency cannot be
 * set, the rest is not begun. */
int run_sweep(const run_command *options, const char *list);

/* On stderr: */
void run_tell_start(const run_command *o);
void run_tell_misfits(const run_command *o);
void run_tell_resume(const run_command *o); /* where a run that ended early goes on */
void run_tell_disturbances(const run_command *o);
void run_tell_measured(run_command *o, const lc_plan_item *item, const lc__measurement *m);
void run_tell_skipped(run_command *o, const lc_plan_item *item, const lc_error *why);

/* Of the plan, with those that cannot be read: how many there are, and how many are over. */
size_t run_items(const run_command *o);
size_t run_items_done(const run_command *o);

/* The line of --json on stdout. */
void run_print_summary(const run_command *o);

/* The exit code of a run that went through to the end. */
int run_verdict(const run_command *o);

#endif
