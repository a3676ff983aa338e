/* Finding bits for the layers of a net, from what the command line gives to what it prints. */
#ifndef NAS_CMD_BITS_RUN_H
#define NAS_CMD_BITS_RUN_H

#include "bits_costs.h"
#include "course.h"

typedef struct lc__bits_request {
    const char *arch, *weights, *out;
    lc__course course;
    lc__bits_limits limits;
    int64_t fine_tune, images;
    bool json;
} lc__bits_request;

/* A net of some bits, fine-tuned, on the test images. */
typedef struct lc__bits_trial {
    char name[16];
    int bits; /* throughout; 0: f32, which is not fine-tuned, or those found */
    int choices[LC_NAS_MAX_POSITIONS];
    lc__outcome outcome;
} lc__bits_trial;

enum { LC__BITS_F32, LC__BITS_8, LC__BITS_6, LC__BITS_4, LC__BITS_FOUND, LC__BITS_TRIALS };

typedef struct lc__bits_run {
    const lc__bits_request *request;
    lc__net_list nets;
    lc__images *images;
    lc__training_options options; /* of a training on the net */
    lc_nas_bits *bits;
    lc__bits_costs costs;
    double *score; /* [places] */
    lc__bits_trial trial[LC__BITS_TRIALS];
} lc__bits_run;

/* Finds bits, writes their net, and tries them beside others. Weights of each net that is
 * fine-tuned go to "<out>.<name>.lc", from where an interrupted run goes on. Release with
 * lc__bits_close(), also after a failure. */
lc_status lc__bits_work(const lc__bits_request *request, lc__bits_run *out, lc_error *err);
void lc__bits_close(lc__bits_run *run);

void lc__bits_show(const lc__bits_run *run);
lc_status lc__bits_json(const lc__bits_run *run, lc_error *err);

#endif
