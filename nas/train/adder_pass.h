/* An adder's way from one side to the other: forward from inputs to outputs by distances, backward
 * from the outputs' gradients to the inputs' by pulls (adder_kernels.h). Dense, pointwise and
 * grouped layers run in tiles of pixels by channels, depthwise ones pixel by pixel.
 */
#ifndef TRAIN_ADDER_PASS_H
#define TRAIN_ADDER_PASS_H

#include "adder_kernels.h"
#include "layer.h"

typedef struct lc__adder_pass lc__adder_pass;

/* LC_ENOMEM. Free with lc__adder_pass_free(). */
lc_status lc__adder_pass_new(const lc__geometry *g, const lc__adder_kernels *kernels, bool backward,
                             lc__adder_pass **out, lc_error *err);
void lc__adder_pass_free(lc__adder_pass *pass);

/* Computes all results from all sources. `centres` are the layer's inputs, backward; NULL forward.
 */
void lc__adder_pass_run(const lc__adder_pass *pass, const float *w, const float *sources,
                        const float *centres, float *results);

#endif
