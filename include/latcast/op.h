/* Operators: what one is, which shape it produces, what it costs.
 *
 * All tensors have four dimensions, [N, H, W, C]; a sequence of T tokens is [N, 1, T, C] or
 * [N, H, W, C] with T = H * W.
 */
#ifndef LATCAST_OP_H
#define LATCAST_OP_H

#include <stddef.h>
#include <stdint.h>
#include "latcast/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, JSON name, fewest inputs, most inputs)
 *
 * conv2d          convolution with folded batch-norm (bias) and activation: dense, pointwise
 *                 (1x1), grouped, depthwise (groups == input channels); groups divides both sides
 * shift_conv2d    convolution whose weights are +-2^p (DeepShift, arXiv:1905.13298, section 3)
 * adder_conv2d    -sum |x - w| in place of sum x * w (AdderNet, arXiv:1912.13200, eq. 2)
 * spatial_shift   each channel moves by one of kernel x kernel offsets, zero filled (ShiftNet,
 *                 arXiv:1711.08141, section 3.1); channel c takes offset number
 *                 min(c / max(1, C / k^2), k^2 - 1), row major, centre = offset (0,0)
 * linear          y = x W^T + b on the last dimension
 * matmul          A [N,H,M,K] x B [N,H,K,P] -> [N,H,M,P]; with transpose_b B is [N,H,P,K]
 * attention       multi-head self-attention over T = H*W tokens with its four projections
 *                 (q, k, v, output, each C x C with bias); heads divides C
 * layer_norm      over the last dimension, epsilon 1e-5, with scale and offset
 * softmax         over the last dimension
 * max_pool        window maximum, padding ignored;  avg_pool  window mean, padding not counted
 * global_avg_pool [N,H,W,C] -> [N,1,1,C]
 * add, mul        element by element over 2 or more inputs of one shape; mul also takes a second
 *                 input [N,1,1,C] that is broadcast. `act` is applied to the sum or product
 * concat          along C
 * channel_shuffle C = groups x k transposed to k x groups (ShuffleNet)
 * activation      `act` alone
 * squeeze_excite  x * gate(W2 relu(W1 mean(x) + b1) + b2); squeeze = width of the middle,
 *                 gate = `act` (sigmoid or hsigmoid)
 * zero            zeros of the shape of its input (NAS-Bench-201's `none`); carries no data
 * embedding       [N,H,W,1] -> [N,H,W,C]: each number, rounded and kept in 0 .. rows - 1, picks
 *                 one of `rows` rows of C weights
 * fourier         real part of the discrete Fourier transform, or with `cosine` the cosine
 *                 transform (DCT-II), over the T = H*W tokens and over C, not scaled (FNet's
 *                 mixing; FlexiBERT's linear transforms, arXiv:2205.11656, section 3.1; the
 *                 attention of FABNet's FBfly block, arXiv:2209.09570); no weights
 * sdpa            scaled dot-product attention without projections: queries [N,H,W,C], keys
 *                 [N,H',W',C] and values [N,H',W',D], of H'*W' tokens; each of `heads` takes its
 *                 share of C and of D: softmax(q k^T / sqrt(C / heads)) v -> [N,H,W,D]
 * wma             the same with weighted multiplicative scores, q W k^T with a W of
 *                 (C / heads)^2 for every head, not scaled (FlexiBERT, section 3.1)
 * split_heads     [N,H,W,C] -> [N,heads,H*W,C/heads], head by head
 * merge_heads     its inverse, [N,heads,T,D] -> [N,1,T,heads*D], or [N,H,W,heads*D] with `grid`
 *                 [H,W]
 * dynamic_conv    values [N,H,W,C] and logits [N,H,W,heads*K] -> [N,H,W,C]: every token weighs
 *                 the K tokens around it, zeros beyond the ends, by the softmax of its own K
 *                 logits of the channel's head (ConvBERT's, which FlexiBERT's DSC heads are;
 *                 `kernel` [1,K])
 * butterfly_linear   y = act(x B + b) with B a product of log2 P butterfly factors, P the power
 *                 of two that holds C and out_channels; x is filled up with zeros (FABNet)
 * lstm            [N,H,W,C] -> [N,H,W,hidden]: H*W steps of an LSTM cell from a zero state, its
 *                 gates in the order input, forget, cell, output; one token is the cell alone
 * mc_dropout      [N,H,W,C] -> [N*passes,H,W,C]: Monte-Carlo dropout (arXiv:1506.02142): every
 *                 pass drops rate_percent of the values and scales the rest up by 1 / (1 - rate);
 *                 which they are follows from their place in the output alone
 * range_batch_norm   per channel over N, H and W: scale (x - mean) sqrt(2 ln n) /
 *                 (max - min + 1e-5) + offset, n = N*H*W (arXiv:1805.11046, section 3; its
 *                 statistics are those of the input itself)
 *
 * Composites stand for several operators: lc_net_add() adds these in their place, the last one
 * under the id given, the others under "<id>.<part>", all of the composite's dtype and bits.
 *
 * inverted_residual  pointwise expansion by `expand` (none for 1), depthwise kernel x kernel,
 *                 squeeze_excite where `squeeze` is given (hsigmoid), pointwise projection to
 *                 out_channels, and the sum with the input where the shape stays (MobileNetV2,
 *                 arXiv:1801.04381, table 1; MobileNetV3, arXiv:1905.02244)
 * feed_forward    linear to `hidden` with `act`, linear back to C
 * unfused_attention  what `attention` does, operator by operator: linear, split_heads, matmul,
 *                 softmax, matmul, merge_heads, linear; 1 / sqrt(C / heads) is a part of the
 *                 weights of the queries
 * butterfly_attention  the same by butterfly_linear, sdpa, butterfly_linear (FABNet's ABfly)
 */
#define LC_OP_MAP(X)                                                                               \
    X(INPUT, "input", 0, 0)                                                                        \
    X(CONV2D, "conv2d", 1, 1)                                                                      \
    X(SHIFT_CONV2D, "shift_conv2d", 1, 1)                                                          \
    X(ADDER_CONV2D, "adder_conv2d", 1, 1)                                                          \
    X(SPATIAL_SHIFT, "spatial_shift", 1, 1)                                                        \
    X(LINEAR, "linear", 1, 1)                                                                      \
    X(MATMUL, "matmul", 2, 2)                                                                      \
    X(ATTENTION, "attention", 1, 1)                                                                \
    X(LAYER_NORM, "layer_norm", 1, 1)                                                              \
    X(SOFTMAX, "softmax", 1, 1)                                                                    \
    X(MAX_POOL, "max_pool", 1, 1)                                                                  \
    X(AVG_POOL, "avg_pool", 1, 1)                                                                  \
    X(GLOBAL_AVG_POOL, "global_avg_pool", 1, 1)                                                    \
    X(ADD, "add", 2, 16)                                                                           \
    X(MUL, "mul", 2, 16)                                                                           \
    X(CONCAT, "concat", 2, 16)                                                                     \
    X(CHANNEL_SHUFFLE, "channel_shuffle", 1, 1)                                                    \
    X(ACTIVATION, "activation", 1, 1)                                                              \
    X(SQUEEZE_EXCITE, "squeeze_excite", 1, 1)                                                      \
    X(ZERO, "zero", 1, 1)                                                                          \
    X(EMBEDDING, "embedding", 1, 1)                                                                \
    X(FOURIER, "fourier", 1, 1)                                                                    \
    X(SDPA, "sdpa", 3, 3)                                                                          \
    X(WMA, "wma", 3, 3)                                                                            \
    X(SPLIT_HEADS, "split_heads", 1, 1)                                                            \
    X(MERGE_HEADS, "merge_heads", 1, 1)                                                            \
    X(DYNAMIC_CONV, "dynamic_conv", 2, 2)                                                          \
    X(BUTTERFLY_LINEAR, "butterfly_linear", 1, 1)                                                  \
    X(LSTM, "lstm", 1, 1)                                                                          \
    X(MC_DROPOUT, "mc_dropout", 1, 1)                                                              \
    X(RANGE_BATCH_NORM, "range_batch_norm", 1, 1)                                                  \
    X(INVERTED_RESIDUAL, "inverted_residual", 1, 1)                                                \
    X(FEED_FORWARD, "feed_forward", 1, 1)                                                          \
    X(UNFUSED_ATTENTION, "unfused_attention", 1, 1)                                                \
    X(BUTTERFLY_ATTENTION, "butterfly_attention", 1, 1)

typedef enum lc_op_type {
#define LC_OP_ENUM(name, json, lo, hi) LC_OP_##name,
    LC_OP_MAP(LC_OP_ENUM)
#undef LC_OP_ENUM
        LC_OP_COUNT
} lc_op_type;

/* Composites come last: no node of a net is of a type from here on. */
#define LC_OP_FIRST_COMPOSITE LC_OP_INVERTED_RESIDUAL

#define LC_OP_MAX_INPUTS 16

/* X(name, JSON name). relu6 = min(max(x,0),6); hsigmoid = relu6(x+3)/6; hswish = x*hsigmoid(x);
 * gelu is the exact form with erf. */
#define LC_ACT_MAP(X)                                                                              \
    X(NONE, "none")                                                                                \
    X(RELU, "relu")                                                                                \
    X(RELU6, "relu6")                                                                              \
    X(HSIGMOID, "hsigmoid")                                                                        \
    X(HSWISH, "hswish")                                                                            \
    X(GELU, "gelu")                                                                                \
    X(SIGMOID, "sigmoid")

typedef enum lc_act {
#define LC_ACT_ENUM(name, json) LC_ACT_##name,
    LC_ACT_MAP(LC_ACT_ENUM)
#undef LC_ACT_ENUM
        LC_ACT_COUNT
} lc_act;

/* X(NAME, JSON name, bytes): what an operator computes in, and what its output is stored in.
 *
 * any    as the device runs it (lc_exec_config.dtype); costs count it as f32
 * bf16   the upper half of an f32, rounded to nearest even; sums are f32
 * int16  v stands for v * 2^-12, -32767 .. 32767: a range of about +-8
 * int8   v stands for v * 2^-5, -127 .. 127: a range of about +-4
 *
 * Integers are symmetric, without zero points, with bit widths per operator (HAQ,
 * arXiv:1811.08886, section 3.4). Weights that multiply are integers too, with one step per output
 * channel, max|w| / (2^(bits-1) - 1); adder weights have the step of the activations; shift weights
 * are exact. Sums are integers, then scale, bias and activation in f32, rounding to nearest even,
 * saturation. Scales and biases stay f32. */
#define LC_DTYPE_MAP(X)                                                                            \
    X(ANY, "any", 4)                                                                               \
    X(F32, "f32", 4)                                                                               \
    X(BF16, "bf16", 2)                                                                             \
    X(INT16, "int16", 2)                                                                           \
    X(INT8, "int8", 1)

typedef enum lc_dtype {
#define LC_DTYPE_ENUM(name, json, bytes) LC_DTYPE_##name,
    LC_DTYPE_MAP(LC_DTYPE_ENUM)
#undef LC_DTYPE_ENUM
        LC_DTYPE_COUNT
} lc_dtype;

typedef struct lc_shape {
    int32_t n, h, w, c;
} lc_shape;

/* One operator. Start from lc_op_init(); fields that a type does not use stay at their initial
 * values. */
typedef struct lc_op {
    lc_op_type type;
    lc_act act;                 /* fused activation (conv family, linear, add, mul) or the gate */
    int32_t kernel_h, kernel_w; /* conv family, pools, spatial_shift (odd, square), dynamic_conv */
    int32_t stride_h, stride_w; /* conv family, pools */
    int32_t pad_h, pad_w;       /* zero rows/columns on each side; conv family, pools */
    int32_t groups;             /* conv family, channel_shuffle */
    int32_t out_channels;       /* conv family, linears, embedding, inverted_residual */
    int32_t heads;              /* attentions, split_heads, dynamic_conv */
    int32_t squeeze;            /* squeeze_excite; inverted_residual, 0 for none */
    int32_t rows;               /* embedding */
    int32_t hidden;             /* lstm, feed_forward */
    int32_t expand;             /* inverted_residual */
    int32_t passes;             /* mc_dropout */
    int32_t rate_percent;       /* mc_dropout */
    int32_t grid_h, grid_w;     /* merge_heads: rows and columns of tokens; 0 for one row */
    bool bias;                  /* conv family, linears, lstm */
    bool transpose_b;           /* matmul */
    bool cosine;                /* fourier */
    lc_shape shape;             /* input only: the shape it supplies */
    lc_dtype dtype;             /* of an input: what its data is stored in */
    /* Bits that values use, 2 .. 8 with int8, 2 .. 16 with int16; 0 = all. Weights of at most 4
     * bits are stored two to a byte. Activations of b bits use the upper b bits: int8 of 6 bits is
     * -31*4 .. 31*4 in steps of 4. Operators that only move values have no act_bits. */
    int32_t weight_bits, act_bits;
} lc_op;

/* What an operator does and moves, for tensors of its dtype that are each touched once. */
typedef struct lc_cost {
    double macs;          /* multiply-accumulates */
    double adds;          /* additions, subtractions, comparisons and other single operations */
    double shifts;        /* bit shifts or exponent additions */
    double bytes_read;    /* activations read, bytes */
    double bytes_written; /* activations written, bytes */
    double weight_bytes;  /* weights and biases, bytes; of an embedding all rows */
} lc_cost;

/* An operator of `type` with kernel 1, stride 1, pad 0, groups 1, heads 1, bias true, no
 * activation, dtype any, and everything else 0. */
lc_op lc_op_init(lc_op_type type);

/* JSON names and back. The string is static; an unknown value gives NULL / the COUNT value. */
const char *lc_op_type_name(lc_op_type type);
lc_op_type lc_op_type_from_name(const char *name);
const char *lc_act_name(lc_act act);
lc_act lc_act_from_name(const char *name);
const char *lc_dtype_name(lc_dtype dtype);
lc_dtype lc_dtype_from_name(const char *name);

/* Bytes of one value as stored. */
size_t lc_dtype_size(lc_dtype dtype);

/* Elements of a shape. */
int64_t lc_shape_count(lc_shape s);
bool lc_shape_equal(lc_shape a, lc_shape b);

/* Checks `op` against its n_in input shapes and gives the shape of its output.
 * LC_EFORMAT: the inputs do not fit (the message names both shapes). LC_EUNSUPPORTED: the
 * attributes make no operator. No dimension may exceed 2^20 and no tensor 2^31 elements. */
lc_status lc_op_infer(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out, lc_error *err);

/* Cost of an operator whose shapes lc_op_infer() accepted. */
lc_cost lc_op_cost(const lc_op *op, const lc_shape *in, int n_in, lc_shape out);

/* Number of weights (biases included) an operator holds for input shape in[0]. */
int64_t lc_op_weight_count(const lc_op *op, lc_shape in);

#ifdef __cplusplus
}
#endif
#endif
