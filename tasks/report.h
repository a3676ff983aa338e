/* The results of an evaluation as a page to read. */
#ifndef TASKS_REPORT_H
#define TASKS_REPORT_H

#include "base/text.h"
#include "tasks/harness.h"

/* Writes a self-contained HTML page to *out (free() its text): tables, plots of rank, of the share
 * within 10 % and of coverage per task, curves over the number of samples, forecast against
 * measurement per target. Pictures are inline SVG; nothing is loaded and no script is needed.
 * `eval` comes from `suite` with `options`, whose published figures are drawn beside ours. */
lc_status lc__report(const lc__suite *suite, const lc__eval_options *options, const lc__eval *eval,
                     lc__buf *out, lc_error *err);

#endif
