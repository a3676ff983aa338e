/* What a kind of image set is to images.c. */
#ifndef SOURCE_H
#define SOURCE_H

#include "data/images.h"

typedef struct lc__source {
    const char *name; /* of specs, up to the colon */
    const char *spec; /* their form */
    /* Opens what the spec has after its colon ("" if it has none), fills info but for the name,
     * mean and deviation, and *state. Checks all that reading will rely on. */
    lc_status (*open)(const char *where, lc__images_info *info, void **state, lc_error *err);
    /* Writes pixels[height][width][channels] and returns the label; index is within the split. */
    int (*read)(const void *state, lc__split split, size_t index, unsigned char *pixels);
    void (*close)(void *state);
} lc__source;

extern const lc__source lc__source_shapes, lc__source_cifar10, lc__source_cifar100,
    lc__source_cifar100_coarse, lc__source_mnist;

#endif
