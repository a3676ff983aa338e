/* Small nets and random images for the tests of training. */
#ifndef TESTS_TRAIN_TOY_H
#define TESTS_TRAIN_TOY_H

#include "train/engine.h"

enum { TOY_SIZE = 8, TOY_CHANNELS = 3, TOY_CLASSES = 5, TOY_BATCH = 8 };

/* A net of every operator that the engine has a layer for. */
lc_net *toy_net(void);

/* Three convolutions, the middle one 3x3 or depthwise: two paths of a supernet by hand. */
lc_net *toy_path(bool depthwise);

/* TOY_BATCH images and labels drawn from a seed: noise, in one channel brighter or darker as the
 * label says. */
typedef struct toy_batch {
    float images[TOY_BATCH * TOY_SIZE * TOY_SIZE * TOY_CHANNELS];
    int labels[TOY_BATCH];
} toy_batch;
toy_batch toy_images(uint64_t seed);

/* These assert that all goes well. */
lc__engine *toy_engine(const lc__reducer *reducer);
lc__trainee *toy_trainee(lc__engine *engine, lc__store *store, const lc_net *net);

/* One training step of SGD on a trainee: forward, backward, update by `rate`. */
double toy_step(lc__trainee *trainee, lc__store *store, const lc__optimiser *optimiser, double rate,
                uint64_t seed);

/* Makes a trainee of a net, takes one step and frees it, as a supernet does with each path. */
void toy_path_step(lc__engine *engine, lc__store *store, const lc__optimiser *optimiser,
                   bool depthwise, uint64_t seed);

#endif
