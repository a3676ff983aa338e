#ifndef TRAIN_SHIFT_H
#define TRAIN_SHIFT_H

/* The weight of a shift_conv2d that w stands for: +-2^p, p in -7 .. 0, the sign that of w (of +0
 * plus). NaN stays NaN, so that diverging weights are seen. */
float lc__shift_round(float w);

#endif
