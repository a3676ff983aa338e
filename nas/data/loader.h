/* Batches for training and for judging: which images, changed how, as floats.
 *
 * A batch depends on the set, the options, the epoch and the step alone. Nothing is kept from one
 * to the next, so a run that goes on from a checkpoint, or is spread over ranks, sees what one
 * process that never stopped would see; threads may share a loader. */
#ifndef DATA_LOADER_H
#define DATA_LOADER_H

#include <stdint.h>
#include "data/images.h"

typedef enum lc__part {
    LC__PART_TRAIN,      /* training images but those for validation */
    LC__PART_VALIDATION, /* training images set apart */
    LC__PART_TEST,
    LC__PARTS
} lc__part;

typedef struct lc__loader_options {
    lc__part part;
    double validation; /* share of the training images that are set apart, 0 .. 0.9 */
    uint64_t seed;     /* of which are set apart, of order and of changes */
    size_t batch;      /* images of a step, those of all ranks together */
    /* A new order each epoch, and only whole batches: what is left over sits the epoch out (a part
     * that is smaller than a batch is one batch). Otherwise the part's own order, and a last
     * batch of what is left. */
    bool shuffle;
    int shift;  /* pixels that an image is moved by at most, up, down and aside; black comes in */
    bool flip;  /* every other image is mirrored, where the set's images may be */
    int cutout; /* side of a square that is set to the mean, anywhere (arXiv:1708.04552); 0: none */
    int height, width, channels; /* of the net's input; 0: the set's own */
} lc__loader_options;

/* What nets are commonly trained with: shuffled, moved by 4 pixels and flipped. */
lc__loader_options lc__loader_training(size_t batch, uint64_t seed);

typedef struct lc__loader lc__loader;

/* The set must outlive the loader. Smaller images than asked for get a black border, one channel is
 * repeated; larger ones, or fewer channels than the set's, are LC_EUNSUPPORTED. LC_EUSAGE: no
 * images in a batch, a share out of range or one that leaves a part empty. */
lc_status lc__loader_new(const lc__images *data, const lc__loader_options *options,
                         lc__loader **out, lc_error *err);
void lc__loader_free(lc__loader *loader);

size_t lc__loader_size(const lc__loader *loader);   /* images of the part */
size_t lc__loader_steps(const lc__loader *loader);  /* of an epoch */
size_t lc__loader_values(const lc__loader *loader); /* floats of an image */

/* Images of a step that `rank` of `ranks` gets: over the ranks they add up to those of the step,
 * and none has over one more than another. 0 if there is no such step or rank. */
size_t lc__loader_share(const lc__loader *loader, size_t step, int rank, int ranks);

/* This rank's images of a step, [share][height][width][channels], standardised by the training
 * images' mean and deviation, and their labels[share]: those that follow the images of rank - 1.
 * LC_EUSAGE if there is no such step or rank. */
lc_status lc__loader_batch(const lc__loader *loader, size_t epoch, size_t step, int rank, int ranks,
                           float *images, int *labels, lc_error *err);

#endif
