/* What commands that forecast are given: nets, a device's samples, a pool model. */
#ifndef CMDLINE_GIVEN_H
#define CMDLINE_GIVEN_H

#include "base/cli.h"
#include "cmdline/target.h"
#include "latcast/predictor.h"
#include "latcast/space.h"

/* A warning or a note on stderr, as one printable line. */
void lc__warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends output to stdout: 0, or 1 with a message when it could not all be written. */
int lc__finish_output(const char *command);

/* ---- nets named on the command line (nets.c) ---- */

typedef struct lc__net_list {
    lc_net **net; /* [n], owned */
    size_t n, room;
    bool many; /* a file of nets was named, even if it held one */
} lc__net_list;

/* Appends what `arch` names: a net.json, a plan.json, a .jsonl with a net per line, "zoo:NAME", or
 * "SPACE:ARCH" as public tables write it. */
lc_status lc__net_list_add(lc__net_list *list, const char *arch, lc_error *err);
/* Appends `net` and takes it over, also on failure. */
lc_status lc__net_list_take(lc__net_list *list, lc_net *net, lc_error *err);
void lc__net_list_clear(lc__net_list *list);

/* The search space of a name. LC_EUNSUPPORTED: there is none; the message lists them. */
lc_status lc__space_named(const char *name, const lc_space **out, lc_error *err);

/* ---- the pool model (pool.c) ---- */

/* Loads the model at `path`; with NULL the one of $LATCAST_MODEL, else the one that is installed,
 * else the one in the source tree. LC_EIO if there is none. */
lc_status lc__pool_open(const char *path, lc_model **out, lc_error *err);

/* Whether $LATCAST_MODEL names a model; empty counts as unset. */
bool lc__pool_named(void);

/* Marks in left_out[n] which of names[n] --without names, each by name or by a pattern with * and
 * ?. LC_EUSAGE: a name (not a pattern) that is not among them; `where` says what they are of ("the
 * pool"). */
lc_status lc__names_without(const char *const *names, size_t n, const lc__list *without,
                            const char *where, bool *left_out, lc_error *err);

/* The devices of the model that --without names. Refers to the model; release with
 * lc__pool_without_clear(). */
lc_status lc__pool_without(const lc_model *model, const lc__list *without, lc_adapt_options *out,
                           lc_error *err);
void lc__pool_without_clear(lc_adapt_options *options);

/* ---- a device's samples as shots (shots.c) ---- */

/* A device.json and those of its samples that have a value of the target: n of nets, then n_ops of
 * single operators, where the target of a net is about their sum. */
typedef struct lc__shot_file {
    lc_device device;
    const lc__target *target;
    const lc_sample **samples; /* [n + n_ops], the device's */
    const lc_net **nets;       /* [n + n_ops], the samples' */
    double *values;            /* [n + n_ops], in the unit of target->key */
    lc_sample_kind *kinds;     /* [n + n_ops] */
    size_t n, n_ops;
    size_t n_missing; /* samples without a value */
} lc__shot_file;

/* Loads device.json. Samples without a value are left aside, so that none of nets may be left (n
 * 0): bad data (LC_EFORMAT) to whoever needs some. The target is latency unless given. Release with
 * lc__shot_file_clear(). */
lc_status lc__shot_file_load(const char *path, lc__shot_file *out, lc_error *err);
lc_status lc__shot_file_load_target(const char *path, const lc__target *target, lc__shot_file *out,
                                    lc_error *err);
void lc__shot_file_clear(lc__shot_file *shots);

/* Relative standard deviation of a reading, by its own confidence interval: the median over the
 * samples of nets. 0 for another target than latency, whose interval no sample has. */
double lc__shot_file_reading(const lc__shot_file *shots);

/* ---- what the values give away (readings.c) ---- */

/* LC_EFORMAT, with `file`, where at least three nets that compute different things all read the
 * same: a forecast from that would be very sure of nothing. A target that does not grow with what
 * a net does may read so. */
lc_status lc__readings_check(const lc__shot_file *shots, const char *file, lc_error *err);

/* Says on stderr if the samples look rounded to steps that matter: many of nets, few values. */
bool lc__readings_warn_rounded(const lc__shot_file *shots);

/* How many samples of nets are a hundred times off the usual, by time and by time for the work a
 * net has, and the first of them; for devices without a model to judge by. LC_ENOMEM. */
lc_status lc__readings_far_off(const lc__shot_file *shots, size_t *n, size_t *first, lc_error *err);

/* ---- samples that do not fit in (doubt.c) ---- */

/* Fills doubtful[shots->n]: which samples of nets lie so far from what the others say that they
 * hardly count. */
lc_status lc__doubt_find(const lc_predictor *predictor, const lc__shot_file *shots, bool *doubtful,
                         lc_error *err);

/* Says on stderr which those are, if there are any, and what the others make of the first. */
void lc__doubt_warn(const lc_predictor *predictor, const lc__shot_file *shots,
                    const bool *doubtful);

#endif
