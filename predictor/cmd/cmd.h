/* What the verbs of `predict` share. */
#ifndef PREDICT_CMD_H
#define PREDICT_CMD_H

#include "cmdline/given.h"

/* The verbs: argv[0] is the verb, the result is the exit code. */
int lc__predict_forecast(int argc, char **argv);
int lc__predict_train(int argc, char **argv);
int lc__predict_plan(int argc, char **argv);
int lc__predict_check(int argc, char **argv);
int lc__predict_eval(int argc, char **argv);
int lc__predict_embed(int argc, char **argv);
int lc__predict_similar(int argc, char **argv);
int lc__predict_partition(int argc, char **argv);
int lc__predict_monotonicity(int argc, char **argv);

/* ---- what a forecast says (show.c, answer_json.c) ---- */

typedef struct lc__answer {
    const lc_net *net;
    lc_forecast forecast;
    lc_uncertainty uncertainty;
    double *share; /* [lc_net_size(net)], in the unit of the forecast */
    double overhead;
} lc__answer;

typedef struct lc__answers {
    const lc__shot_file *shots;
    const lc_model *model;
    bool *doubtful;     /* [shots->n] */
    double *weight;     /* [lc_model_n_devices(model)] */
    double physical;    /* weight of the features alone */
    lc__answer *answer; /* [n] */
    size_t n;
    bool many;
} lc__answers;

/* Prints for people / as JSON: an object, or an array of such objects when `many`. The latter
 * returns LC_ENOMEM or LC_OK. */
void lc__answers_show(const lc__answers *answers);
lc_status lc__answers_json(const lc__answers *answers, lc_error *err);

/* Source devices by falling weight: order[lc_model_n_devices()]. */
void lc__order_by_weight(const double *weight, size_t n, size_t *order);

#endif
