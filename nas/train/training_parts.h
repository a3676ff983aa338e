/* What training.c and training_file.c share. */
#ifndef TRAIN_TRAINING_PARTS_H
#define TRAIN_TRAINING_PARTS_H

#include "pgp.h"
#include "share.h"
#include "training.h"

struct lc__training {
    lc__training_options options;
    lc__loader *loader[LC__PARTS]; /* NULL: the part is empty */
    lc__engine *engine;
    lc__store *store;
    lc__share *share; /* of a supernet; NULL: of one net */
    lc__optimiser optimiser;
    lc__schedule schedule;
    lc__pgp pgp;
    int largest[LC_NET_MAX_CHOICES]; /* options of a supernet that is grown */
    int64_t steps, step;
    int steps_per_epoch;
    float *images; /* [batch of this rank][values] */
    int *labels;
};

#endif
