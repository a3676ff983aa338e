/* Training nets: forward, loss, backward.
 *
 * An engine holds what all nets share: layers made ready and one arena of memory. A trainee is a
 * net made ready for batches of one size, with its weights in a store; to train a supernet make a
 * trainee of each path, use it and free it, which costs little once the engine knows the operators.
 * Trainees of one engine share its arena, so they run one after the other, and the logits of one
 * are there until another runs. Set the number of OpenMP's threads before an engine is made. */
#ifndef TRAIN_ENGINE_H
#define TRAIN_ENGINE_H

#include "latcast/net.h"
#include "optimiser.h"
#include "reducer.h"

typedef struct lc__engine lc__engine;
typedef struct lc__trainee lc__trainee;

/* What the integers of an operator's output stand for, where its dtype is one. */
typedef enum lc__scale {
    /* The grid of the dtype, one for all tensors: what the operator computes (latcast/op.h). */
    LC__SCALE_FIXED,
    /* A grid fitted to each tensor (lc__grid_fit()) by the running mean of its squares, as hardware
     * for mixed precision has it (HAQ, arXiv:1811.08886, section 3.4): few bits bear nothing else.
     * What only moves values, and the net's output, which no layer reads, are not rounded. */
    LC__SCALE_FITTED
} lc__scale;

/* Start from lc__engine_options_init(). */
typedef struct lc__engine_options {
    double smoothing;    /* of labels */
    float norm_epsilon;  /* of batch-norm */
    float norm_momentum; /* of running statistics: the share of the newest batch */
    lc__scale scale;
    const lc__reducer *reducer; /* data parallel: must outlive the engine; NULL: one rank */
} lc__engine_options;

/* No smoothing, epsilon 1e-5, momentum 0.1, fixed scale, one rank. */
lc__engine_options lc__engine_options_init(void);

lc_status lc__engine_new(const lc__engine_options *options, lc__engine **out, lc_error *err);
/* Its trainees are freed before. */
void lc__engine_free(lc__engine *engine);

typedef struct lc__trainee_options {
    int batch;        /* images at a time, of this rank */
    bool trains;      /* false: less memory, and lc__trainee_train() is refused */
    const int *gates; /* nodes of which the products with their gradients are wanted */
    int n_gates;
} lc__trainee_options;

/* `net` has one input, [1,H,W,C], and an output [1,1,1,classes] of logits; the trainee keeps a
 * copy. Weights that `store` has not yet are drawn; it must outlive the trainee. Names of weights
 * are lc__node_key()'s, batch-norm's with "/norm" and "/statistics", the squares' of a fitted scale
 * with "/squares". All is computed in f32; the outputs and weights of operators whose dtype and
 * bits ask for it are rounded to what these hold (quantise.h), weights each time from those of the
 * store, which stay what they are. So a store serves a net with any bits. Images are not rounded.
 * LC_EUNSUPPORTED names the node that cannot be trained, LC_EFORMAT the one whose weights do not
 * fit. */
lc_status lc__trainee_new(lc__engine *engine, lc__store *store, const lc_net *net,
                          const lc__trainee_options *options, lc__trainee **out, lc_error *err);
void lc__trainee_free(lc__trainee *trainee);

/* A batch: images [batch,H,W,C] f32, labels [batch]. An image with a negative label fills up a
 * batch that has too few: it is not scored (but batch-norm sees it, so only for evaluation). */
typedef struct lc__batch {
    const float *images;
    const int *labels;
    lc__when when; /* for messages */
} lc__batch;

/* Of the batches of all ranks together. */
typedef struct lc__outcome {
    double loss;    /* mean over the images scored */
    double correct; /* images */
    double scored;  /* images */
} lc__outcome;

/* Forward by the batch's own statistics, which also enter the running ones, and backward. The
 * gradients of the mean loss are added to what the store's slots hold since the last step of the
 * optimiser; they are sums over all ranks. gates [n_gates] (NULL where there are none): for each
 * node, the sum over its output y and all ranks of y dloss/dy, which is the derivative of the loss
 * by a factor on that output.
 *
 * LC_ERUNTIME when the loss is not finite: the message names epoch, step and the first node whose
 * output is not, the store's gradients are as before. */
lc_status lc__trainee_train(lc__trainee *trainee, const lc__batch *batch, lc__outcome *outcome,
                            double *gates, lc_error *err);

/* Forward by running statistics. */
lc_status lc__trainee_evaluate(lc__trainee *trainee, const lc__batch *batch, lc__outcome *outcome,
                               lc_error *err);

/* Forward by the batch's own statistics, which enter the running ones: for one net of a supernet,
 * after lc__store_forget_statistics(), since those gathered in training are of many nets. */
lc_status lc__trainee_measure(lc__trainee *trainee, const lc__batch *batch, lc__outcome *outcome,
                              lc_error *err);

/* Logits [batch, classes] of the last run, as long as no other trainee of the engine runs. */
const float *lc__trainee_logits(const lc__trainee *trainee);
int lc__trainee_classes(const lc__trainee *trainee);

#endif
