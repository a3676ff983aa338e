/* Training on a set of images: the paths of a supernet, one drawn for each step, or one net.
 *
 * A step depends on the options, its number and the weights alone, so a training that goes on from
 * a checkpoint, with the same threads and ranks, takes the steps that it would have taken. */
#ifndef TRAIN_TRAINING_H
#define TRAIN_TRAINING_H

#include "data/loader.h"
#include "engine.h"
#include "latcast/space.h"

typedef struct lc__training lc__training;

/* How weights that are drawn are trained. Blocks that begin as the identity (pgp.h) let gradients
 * through from the first step; without it a deep net learns nothing for thousands. */
typedef enum lc__recipe {
    LC__RECIPE_GROW,  /* blocks begin as the identity, options come in one by one: grow.h */
    LC__RECIPE_PGP,   /* the same in stages of kinds instead: progressive pretraining, pgp.h */
    LC__RECIPE_PLAIN, /* all options from the start */
    LC__RECIPE_NAIVE, /* and blocks begin as any layer, to compare with */
    LC__RECIPES
} lc__recipe;

/* "grow", "pgp", "plain", "naive"; NULL: no such recipe. */
const char *lc__recipe_name(lc__recipe recipe);

/* Start from lc__training_options_init(). */
typedef struct lc__training_options {
    const lc_space *space; /* a supernet of this space, or ... */
    const lc_net *net;     /* ... this net; exactly one is set */
    const lc__images *images;
    const char *spec; /* what the images were opened by; recorded in checkpoints */
    size_t batch;     /* images of a step, of all ranks together */
    int epochs;
    double rate;       /* the largest of a cosine schedule, after an epoch of warming up */
    double decay;      /* of weights */
    double smoothing;  /* of labels */
    double validation; /* share of the training images that is set apart, 0 .. 0.9 */
    uint64_t seed;
    lc__scale scale;            /* of narrow values */
    lc__recipe recipe;          /* stages are of a supernet alone */
    const lc__reducer *reducer; /* data parallel; NULL: rank 0 of 1 */
    int rank, ranks;
} lc__training_options;

/* Batches of 32, 12 epochs, rate 0.05, decay 1e-4, no smoothing, a fifth set apart, seed 1, one
 * rank, grown. */
lc__training_options lc__training_options_init(void);

/* What the options point to is borrowed. LC_EUSAGE: options that contradict each other or are out
 * of range; LC_EUNSUPPORTED: a net that cannot be trained on such images, naming the node. */
lc_status lc__training_new(const lc__training_options *options, lc__training **out, lc_error *err);
void lc__training_free(lc__training *training);

int64_t lc__training_steps(const lc__training *training); /* of the whole training */
int64_t lc__training_step_now(const lc__training *training);
int lc__training_epoch(const lc__training *training); /* of the next step */

/* One step of the weights. LC_ERUNTIME, and the weights are as before: a loss or a gradient that is
 * not finite, with its place; LC_EUNREACHABLE: a rank is gone. */
lc_status lc__training_step(lc__training *training, lc__outcome *outcome, lc_error *err);

/* Loss and gates of a path on batch number `turn` of the images set apart, for the search: gate
 * [positions] is the derivative of the loss by a factor on the output of each position
 * (lc__position_outputs()). The weights stay. LC_EUNSUPPORTED: a space that is not of blocks. */
lc_status lc__training_probe(lc__training *training, const int *choices, size_t turn,
                             lc__outcome *outcome, double *gate, lc_error *err);

/* How good a net of the space is (choices NULL: the net of the options) on at most `images` of a
 * part, 0: all. The batch-norm statistics of a path are gathered anew, those of supernet training
 * being of many nets. */
lc_status lc__training_evaluate(lc__training *training, const int *choices, lc__part part,
                                size_t images, lc__outcome *outcome, lc_error *err);

/* Checkpoints (checkpoint.h) hold weights, moments, the step and what the training is of. */
lc_status lc__training_save(const lc__training *training, const char *path, lc_error *err);
/* Goes on where a checkpoint was written. LC_EUSAGE: it is of another training, and in what. */
lc_status lc__training_resume(lc__training *training, const char *path, lc_error *err);
/* One number for what the training is of, how far it is, its weights and the images that it begins
 * with: ranks that go on together have the same. */
lc_status lc__training_digest(lc__training *training, uint64_t *out, lc_error *err);
/* Takes the weights alone, of whatever training of the same space (a net of a space takes them from
 * its supernet) or of the same net without dtypes and bits: begins at step 0, without moments.
 * LC_EUSAGE: of another space or net. */
lc_status lc__training_adopt(lc__training *training, const char *path, lc_error *err);

#endif
