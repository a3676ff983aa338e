/* Matrix products of any views, by oneDNN. */
#ifndef TRAIN_PRODUCT_H
#define TRAIN_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

/* A matrix in memory, and whether its transpose is meant. */
typedef struct lc__view {
    const float *data;
    size_t stride; /* floats from one row in memory to the next */
    bool turned;
} lc__view;

/* c [m, n] = scale a b, a [m, k], b [k, n], as views; added to c with `add`. NaN where it cannot be
 * computed. Uses all threads; called in a parallel region, the calling one. */
void lc__product(size_t m, size_t n, size_t k, float scale, lc__view a, lc__view b, bool add,
                 float *c, size_t stride);

#endif
