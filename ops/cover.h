/* Random single operators over the shapes that nets have: what a coverage plan is drawn from. */
#ifndef OPS_COVER_H
#define OPS_COVER_H

#include "latcast/net.h"

/* X(KIND, "name", operator type, how it is drawn: a function of cover.c) */
#define LC__COVER_MAP(X)                                                                           \
    X(DENSE, "dense", CONV2D, dense)                                                               \
    X(POINTWISE, "pointwise", CONV2D, pointwise)                                                   \
    X(GROUPED, "grouped", CONV2D, grouped)                                                         \
    X(DEPTHWISE, "depthwise", CONV2D, depthwise)                                                   \
    X(ADDER, "adder", ADDER_CONV2D, any_dense)                                                     \
    X(ADDER_DEPTHWISE, "adder_depthwise", ADDER_CONV2D, depthwise)                                 \
    X(SHIFT, "shift", SHIFT_CONV2D, any_dense)                                                     \
    X(SHIFT_DEPTHWISE, "shift_depthwise", SHIFT_CONV2D, depthwise)                                 \
    X(SPATIAL_SHIFT, "spatial_shift", SPATIAL_SHIFT, spatial_shift)                                \
    X(LINEAR, "linear", LINEAR, linear)                                                            \
    X(MATMUL, "matmul", MATMUL, matmul)                                                            \
    X(ATTENTION, "attention", ATTENTION, attention)                                                \
    X(LAYER_NORM, "layer_norm", LAYER_NORM, tokens)                                                \
    X(SOFTMAX, "softmax", SOFTMAX, scores)                                                         \
    X(MAX_POOL, "max_pool", MAX_POOL, pool)                                                        \
    X(AVG_POOL, "avg_pool", AVG_POOL, pool)                                                        \
    X(GLOBAL_AVG_POOL, "global_avg_pool", GLOBAL_AVG_POOL, image)                                  \
    X(ADD, "add", ADD, sum)                                                                        \
    X(MUL, "mul", MUL, product)                                                                    \
    X(CONCAT, "concat", CONCAT, concat)                                                            \
    X(CHANNEL_SHUFFLE, "channel_shuffle", CHANNEL_SHUFFLE, shuffle)                                \
    X(ACTIVATION, "activation", ACTIVATION, activation)                                            \
    X(SQUEEZE_EXCITE, "squeeze_excite", SQUEEZE_EXCITE, squeeze_excite)                            \
    X(EMBEDDING, "embedding", EMBEDDING, embedding)                                                \
    X(FOURIER, "fourier", FOURIER, fourier)                                                        \
    X(SDPA, "sdpa", SDPA, sdpa)                                                                    \
    X(WMA, "wma", WMA, sdpa)                                                                       \
    X(SPLIT_HEADS, "split_heads", SPLIT_HEADS, attention)                                          \
    X(MERGE_HEADS, "merge_heads", MERGE_HEADS, parted)                                             \
    X(DYNAMIC_CONV, "dynamic_conv", DYNAMIC_CONV, dynamic_conv)                                    \
    X(BUTTERFLY_LINEAR, "butterfly_linear", BUTTERFLY_LINEAR, linear)                              \
    X(LSTM, "lstm", LSTM, lstm)                                                                    \
    X(MC_DROPOUT, "mc_dropout", MC_DROPOUT, mc_dropout)                                            \
    X(RANGE_BATCH_NORM, "range_batch_norm", RANGE_BATCH_NORM, plane)

typedef enum lc__cover_kind {
#define LC__COVER_ENUM(kind, name, type, draw) LC__COVER_##kind,
    LC__COVER_MAP(LC__COVER_ENUM)
#undef LC__COVER_ENUM
        LC__COVER_KINDS
} lc__cover_kind;

/* "depthwise"; static. */
const char *lc__cover_name(lc__cover_kind kind);

/* Coordinates of an operator in which distances are taken: logarithms to base 2 of resolution,
 * channels in and out, kernel and groups, the stride, and whether it has an activation. */
enum { LC__COVER_DIMS = 7 };

/* Draws an operator of a kind: sizes uniform in their logarithm (channels 3 to 1024, a quarter of
 * them no multiple of 8; images 1x1 to 112x112; sequences of 16 to 512 tokens), of at most
 * `most_work` multiply-accumulates and other operations and 2^22 elements a tensor. *out is as
 * lc_net_operator() makes it, x its coordinates. *seed is advanced (splitmix64). LC_EINFEASIBLE:
 * hardly any is that small. */
lc_status lc__cover_draw(lc__cover_kind kind, double most_work, uint64_t *seed, lc_net **out,
                         double x[LC__COVER_DIMS], lc_error *err);

#endif
