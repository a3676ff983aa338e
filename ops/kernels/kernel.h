/* The library's own kernels, one per operator: f32, tensors [N, H, W, C] contiguous.
 *
 * A kernel asserts what lc_op_infer() has checked and cannot fail; memory is its caller's.
 */
#ifndef KERNELS_KERNEL_H
#define KERNELS_KERNEL_H

#include "kernels/team.h"
#include "latcast/op.h"

/* One operator of a net, as its kernel sees it. */
typedef struct lc__call {
    lc_op op;
    int n_in;
    lc_shape in_shape[LC_OP_MAX_INPUTS];
    lc_shape out_shape;
    const float *in[LC_OP_MAX_INPUTS]; /* [n_in] */
    float *out;                        /* overlaps no input */
    const float *packed; /* weights as pack() left them; NULL if the operator has none */
    float *scratch;      /* scratch_size() floats, undefined content */
    lc__team *team;
} lc__call;

/* The sizing functions and pack() look at `op`, the shapes and `team` only. A NULL size function
 * means 0; then pack is NULL too. */
typedef struct lc__kernel {
    const char *name; /* dtype, operator, ISA, tile: "f32_conv2d__scalar_4x8" */
    size_t (*packed_size)(const lc__call *call);                             /* floats */
    void (*pack)(const lc__call *call, const float *weights, float *packed); /* from weights.h */
    size_t (*scratch_size)(const lc__call *call);                            /* floats */
    void (*run)(const lc__call *call);
} lc__kernel;

/* X(operator, kernel): the portable kernel of every operator but `input`. A conv whose groups are
 * single channels goes to the depthwise kernel of the same kind. */
#define LC__KERNEL_MAP(X)                                                                          \
    X(CONV2D, conv2d)                                                                              \
    X(SHIFT_CONV2D, shift_conv2d)                                                                  \
    X(ADDER_CONV2D, adder_conv2d)                                                                  \
    X(SPATIAL_SHIFT, spatial_shift)                                                                \
    X(LINEAR, linear)                                                                              \
    X(MATMUL, matmul)                                                                              \
    X(ATTENTION, attention)                                                                        \
    X(LAYER_NORM, layer_norm)                                                                      \
    X(SOFTMAX, softmax)                                                                            \
    X(MAX_POOL, max_pool)                                                                          \
    X(AVG_POOL, avg_pool)                                                                          \
    X(GLOBAL_AVG_POOL, global_avg_pool)                                                            \
    X(ADD, add)                                                                                    \
    X(MUL, mul)                                                                                    \
    X(CONCAT, concat)                                                                              \
    X(CHANNEL_SHUFFLE, channel_shuffle)                                                            \
    X(ACTIVATION, activation)                                                                      \
    X(SQUEEZE_EXCITE, squeeze_excite)                                                              \
    X(ZERO, zero)

#define LC__KERNEL_DECLARE(type, kernel) extern const lc__kernel lc__kernel_##kernel;
LC__KERNEL_MAP(LC__KERNEL_DECLARE)
#undef LC__KERNEL_DECLARE
extern const lc__kernel lc__kernel_depthwise;
extern const lc__kernel lc__kernel_shift_depthwise;
extern const lc__kernel lc__kernel_adder_depthwise;

/* The portable kernel for `op` on input shape `in`; NULL for `input`. */
const lc__kernel *lc__kernel_find(const lc_op *op, lc_shape in);

/* True where each output channel of a conv sees one input channel, its own. */
static inline bool lc__is_depthwise(const lc_op *op, lc_shape in) {
    return op->groups > 1 && op->groups == in.c && op->out_channels == in.c;
}

#endif
