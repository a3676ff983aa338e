/* How one operator is trained: its weights, what it computes, and its derivatives.
 *
 * The engine adds what is common to all: batch-norm after every operator of the conv family (whose
 * layers have no bias, therefore), `op.act` after every operator but activation and squeeze_excite,
 * the loss and the optimiser. So a layer computes z from its inputs x, and from dz, the gradient of
 * the loss by z, the gradients dx of its inputs and dw of its weights.
 *
 * Tensors are f32 [N, H, W, C], aligned to 64 bytes (but what the net is fed). Weights lie as in
 * ops/backends/weights.h. Loops are parallel by OpenMP; sums must not depend on chance, so that a
 * resumed run is the same bit for bit with the same number of threads.
 */
#ifndef TRAIN_LAYER_H
#define TRAIN_LAYER_H

#include <stdint.h>
#include "latcast/op.h"

/* An operator on inputs of given shapes. n of the shapes is the batch. */
typedef struct lc__geometry {
    const lc_op *op;
    int n_in;
    lc_shape in[LC_OP_MAX_INPUTS], out;
} lc__geometry;

typedef struct lc__layer {
    lc_op_type type;
    /* AdderNet's local rate (arXiv:1912.13200, eq. 12-13): dw is scaled to the norm
     * eta sqrt(n_weights) before the optimiser sees it. */
    bool adaptive_rate;

    /* Floats of weights, and their first values drawn from *rng (base/rng.h), which depend on
     * nothing else. NULL: the operator has none. */
    size_t (*n_weights)(const lc__geometry *g);
    void (*init)(const lc__geometry *g, uint64_t *rng, float *w);

    /* Makes what every call on this geometry needs, such as primitives of oneDNN. Nodes of one
     * geometry share it, so it holds nothing from one call to the next. NULL: nothing is needed.
     * The geometry lives as long as the state. */
    lc_status (*prepare)(const lc__geometry *g, void **state, lc_error *err);
    void (*release)(void *state);

    /* Floats that `forward` leaves for `backward` beside x and z. NULL: none. */
    size_t (*n_saved)(const lc__geometry *g);

    /* What cannot be computed (out of memory) is filled with NaN, which the engine reports. */
    void (*forward)(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved);
    /* dx[i] NULL: not wanted. dx and dw are overwritten. x[i] may be the same array for several i;
     * dx[i] never are, and overlap neither x nor dz. */
    void (*backward)(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw);
} lc__layer;

/* NULL: operators of this type cannot be trained. */
const lc__layer *lc__layer_find(lc_op_type type);

/* True for those that batch-norm follows: conv2d, shift_conv2d, adder_conv2d. */
bool lc__layer_is_normed(lc_op_type type);

/* Values of one window of a convolution of any kind: kernel times the channels of a group. */
size_t lc__layer_fan_in(const lc__geometry *geometry);

/* w[n] uniform with variance gain / fan_in (He et al., arXiv:1502.01852, section 2.2). */
void lc__layer_draw(uint64_t *rng, size_t fan_in, float gain, float *w, size_t n);

/* N * H * W: rows of C values. */
static inline size_t lc__n_rows(lc_shape s) {
    return (size_t)s.n * (size_t)s.h * (size_t)s.w;
}

static inline size_t lc__n_values(lc_shape s) {
    return lc__n_rows(s) * (size_t)s.c;
}

extern const lc__layer lc__layer_conv2d, lc__layer_linear, lc__layer_max_pool, lc__layer_avg_pool,
    lc__layer_global_avg_pool, lc__layer_add, lc__layer_mul, lc__layer_concat,
    lc__layer_channel_shuffle, lc__layer_zero, lc__layer_activation, lc__layer_squeeze_excite,
    lc__layer_adder_conv2d, lc__layer_shift_conv2d, lc__layer_spatial_shift, lc__layer_attention,
    lc__layer_layer_norm, lc__layer_softmax, lc__layer_matmul;

#endif
