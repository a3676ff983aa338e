/* Options that several verbs take, named and explained alike: rows for a verb's
 * table. */
#ifndef CMDLINE_OPTIONS_H
#define CMDLINE_OPTIONS_H

#include "base/cli.h"

/* Parses as lc__cli_parse() without positional arguments. False: there is nothing to run, and
 * *code is what to exit with. */
bool lc__options_parse(const char *usage, const char *about, const char *after,
                       const lc__opt *table, int argc, char **argv, int *code);

/* --device FILE: what a verb does with the device.json differs, so `help` says it. */
lc__opt lc__option_device(const char **value, const char *help, bool required);

/* --model FILE, --without NAME (repeated): as lc__pool_open() and lc__pool_without() take them. */
lc__opt lc__option_model(const char **value);
lc__opt lc__option_without(lc__list *value);

/* `tools/bench repeat`: two runs of one plan differ by 2 % (median over nets), which is the median
 * of a normal difference of this standard deviation. What --repeatability is unless given. */
#define LC__REPEATABILITY 0.03

/* --repeatability R: lc_adapt_options.repeatability. */
lc__opt lc__option_repeatability(double *value);

/* --table FILE: a latency table (tasks/table.h). */
lc__opt lc__option_table(const char **value, bool required);

/* --least N: fewest nets that two devices must share to be compared. */
lc__opt lc__option_least(int64_t *value);

/* --out FILE */
lc__opt lc__option_out(const char **value, const char *help, bool required);

/* --seed S: 0 .. 2^53 - 1, which a double holds in full. */
lc__opt lc__option_seed(int64_t *value, const char *name, const char *help);

/* --json: `help` NULL says "machine-readable". */
lc__opt lc__option_json(bool *value, const char *help);

#endif
