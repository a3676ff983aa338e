/* Cross-entropy of a softmax over classes, with label smoothing (Szegedy et al., arXiv:1512.00567,
 * section 7). */
#ifndef TRAIN_LOSS_H
#define TRAIN_LOSS_H

#include <stddef.h>

typedef struct lc__tally {
    double loss;    /* sum over the images that count */
    double correct; /* those whose largest logit is the label's */
    double counted;
} lc__tally;

/* Of logits [images, classes]; a negative label: the image does not count. dlogits, unless NULL, is
 * the gradient of the sum. The target is 1 - smoothing for the label, and smoothing / classes more
 * for each class. */
lc__tally lc__loss(const float *logits, const int *labels, size_t images, size_t classes,
                   double smoothing, float *dlogits);

#endif
