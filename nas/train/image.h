/* Images [N,H,W,C] against one value a channel, [N,C]. Serial sums per image, images in parallel.
 */
#ifndef TRAIN_IMAGE_H
#define TRAIN_IMAGE_H

#include "latcast/op.h"

/* y [N,C]: the mean of x over each image. */
void lc__image_mean(lc_shape s, const float *x, float *y);
/* Its gradient: dx [N,H,W,C] from dy [N,C]. */
void lc__image_spread(lc_shape s, const float *dy, float *dx);
/* y [N,C]: the sum of a b over each image. */
void lc__image_dot(lc_shape s, const float *a, const float *b, float *y);
/* y = x gate. */
void lc__image_scale(lc_shape s, const float *x, const float *gate, float *y);

#endif
