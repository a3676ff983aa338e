/* What each operator type accepts and how its shape, cost and weights follow: one table, from which
 * the checks, the JSON reader and writer, and the digest of a net are fed.
 */
#ifndef OPS_OP_RULES_H
#define OPS_OP_RULES_H

#include "latcast/op.h"

/* Largest dimension of a tensor, and the number of elements every tensor stays below. */
#define LC__MAX_DIM (INT32_C(1) << 20)
#define LC__MAX_ELEMENTS 2147483648.0

/* X(NAME, JSON name, kind, first field, second field, least, most) */
#define LC__ATTR_MAP(X)                                                                            \
    X(KERNEL, "kernel", PAIR, kernel_h, kernel_w, 1, LC__MAX_DIM)                                  \
    X(STRIDE, "stride", PAIR, stride_h, stride_w, 1, LC__MAX_DIM)                                  \
    X(PAD, "pad", PAIR, pad_h, pad_w, 0, LC__MAX_DIM)                                              \
    X(GROUPS, "groups", INT, groups, groups, 1, LC__MAX_DIM)                                       \
    X(OUT_CHANNELS, "out_channels", INT, out_channels, out_channels, 1, LC__MAX_DIM)               \
    X(HEADS, "heads", INT, heads, heads, 1, LC__MAX_DIM)                                           \
    X(SQUEEZE, "squeeze", INT, squeeze, squeeze, 1, LC__MAX_DIM)                                   \
    X(ROWS, "rows", INT, rows, rows, 1, LC__MAX_DIM)                                               \
    X(HIDDEN, "hidden", INT, hidden, hidden, 1, LC__MAX_DIM)                                       \
    X(EXPAND, "expand", INT, expand, expand, 1, 64)                                                \
    X(PASSES, "passes", INT, passes, passes, 1, LC__MAX_DIM)                                       \
    X(RATE_PERCENT, "rate_percent", INT, rate_percent, rate_percent, 1, 99)                        \
    X(GRID, "grid", PAIR, grid_h, grid_w, 1, LC__MAX_DIM)                                          \
    X(BIAS, "bias", BOOL, bias, bias, 0, 1)                                                        \
    X(TRANSPOSE_B, "transpose_b", BOOL, transpose_b, transpose_b, 0, 1)                            \
    X(COSINE, "cosine", BOOL, cosine, cosine, 0, 1)                                                \
    X(ACT, "act", ACT, act, act, 0, LC_ACT_COUNT - 1)                                              \
    X(DTYPE, "dtype", DTYPE, dtype, dtype, 0, LC_DTYPE_COUNT - 1)                                  \
    X(WEIGHT_BITS, "weight_bits", INT, weight_bits, weight_bits, 0, 16)                            \
    X(ACT_BITS, "act_bits", INT, act_bits, act_bits, 0, 16)

typedef enum lc__attr {
#define LC__ATTR_ENUM(name, json, kind, a, b, lo, hi) LC__ATTR_##name,
    LC__ATTR_MAP(LC__ATTR_ENUM)
#undef LC__ATTR_ENUM
        LC__ATTR_COUNT
} lc__attr;

typedef enum lc__attr_kind {
    LC__KIND_INT,
    LC__KIND_PAIR, /* height, width */
    LC__KIND_BOOL,
    LC__KIND_ACT,
    LC__KIND_DTYPE
} lc__attr_kind;

typedef struct lc__attr_info {
    const char *name; /* in JSON */
    lc__attr_kind kind;
    int32_t lo, hi; /* of each value */
} lc__attr_info;

const lc__attr_info *lc__attr_info_of(lc__attr attr);

/* Value number `which` (0, or 1 for the second of a pair) of an attribute. */
int32_t lc__attr_get(const lc_op *op, lc__attr attr, int which);
void lc__attr_set(lc_op *op, lc__attr attr, int which, int32_t value);

/* The word that an attribute of kind ACT or DTYPE has in JSON; NULL for the other kinds. */
const char *lc__attr_word(const lc_op *op, lc__attr attr);

typedef lc_status lc__infer_fn(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                               lc_error *err);
/* Adds to *cost, whose bytes are filled in already. */
typedef void lc__cost_fn(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                         lc_cost *cost);
/* A double, so that the check for size cannot overflow. */
typedef double lc__weights_fn(const lc_op *op, lc_shape in);

typedef struct lc__op_rule {
    int min_inputs, max_inputs;
    unsigned accepts;  /* bit (1 << lc__attr) for every attribute that the type has */
    unsigned requires; /* those without a useful default */
    lc__infer_fn *infer;
    lc__cost_fn *cost;       /* NULL: moves bytes only */
    lc__weights_fn *weights; /* NULL: has none */
} lc__op_rule;

/* The rule of a type; NULL for a value that is no type. */
const lc__op_rule *lc__op_rule_of(lc_op_type type);

/* "[1,32,32,16]" in buf; returns buf. */
#define LC__SHAPE_TEXT 64
char *lc__shape_text(lc_shape s, char buf[LC__SHAPE_TEXT]);

/* LC_EFORMAT unless every dimension and the number of elements is within bounds; `what` begins the
 * message. */
lc_status lc__shape_check(lc_shape s, const char *what, lc_error *err);

lc__infer_fn lc__infer_input, lc__infer_same, lc__infer_conv, lc__infer_pool, lc__infer_global_pool,
    lc__infer_spatial_shift, lc__infer_linear, lc__infer_matmul, lc__infer_attention, lc__infer_add,
    lc__infer_mul, lc__infer_concat, lc__infer_shuffle, lc__infer_activation,
    lc__infer_squeeze_excite, lc__infer_embedding, lc__infer_sdpa, lc__infer_split_heads,
    lc__infer_merge_heads, lc__infer_dynamic_conv, lc__infer_lstm, lc__infer_mc_dropout,
    lc__infer_range_batch_norm, lc__infer_composite;

lc__cost_fn lc__cost_input, lc__cost_zero, lc__cost_conv, lc__cost_shift_conv, lc__cost_adder_conv,
    lc__cost_linear, lc__cost_matmul, lc__cost_attention, lc__cost_layer_norm, lc__cost_softmax,
    lc__cost_pool, lc__cost_global_pool, lc__cost_elementwise, lc__cost_activation,
    lc__cost_squeeze_excite, lc__cost_fourier, lc__cost_sdpa, lc__cost_wma, lc__cost_dynamic_conv,
    lc__cost_butterfly, lc__cost_lstm, lc__cost_mc_dropout, lc__cost_range_batch_norm,
    lc__cost_composite;

lc__weights_fn lc__weights_conv, lc__weights_linear, lc__weights_attention, lc__weights_layer_norm,
    lc__weights_squeeze_excite, lc__weights_embedding, lc__weights_wma, lc__weights_butterfly,
    lc__weights_lstm, lc__weights_composite;

/* Single operations that `op`'s activation takes on a tensor of this shape. */
double lc__act_cost(const lc_op *op, lc_shape out);

#endif
