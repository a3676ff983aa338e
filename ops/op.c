#include "latcast/op.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "op_rules.h"

#define BIT(attr) (1u << LC__ATTR_##attr)
#define MOVES BIT(DTYPE)                     /* values, computing none */
#define COMPUTES (MOVES | BIT(ACT_BITS))     /* them */
#define WEIGHS (COMPUTES | BIT(WEIGHT_BITS)) /* with weights that may be narrow */
#define WINDOW (BIT(KERNEL) | BIT(STRIDE) | BIT(PAD))
#define SHIFT_CONV (COMPUTES | WINDOW | BIT(GROUPS) | BIT(OUT_CHANNELS) | BIT(BIAS) | BIT(ACT))
#define CONV (WEIGHS | SHIFT_CONV)

/* The table behind this part: per type the attributes it has, those it cannot do without, and the
 * functions that give shape, cost and weights. */
#define RULES(X)                                                                                   \
    X(INPUT, MOVES, 0, input, lc__cost_input, NULL)                                                \
    X(CONV2D, CONV, BIT(OUT_CHANNELS), conv, lc__cost_conv, lc__weights_conv)                      \
    X(SHIFT_CONV2D, SHIFT_CONV, BIT(OUT_CHANNELS), conv, lc__cost_shift_conv, lc__weights_conv)    \
    X(ADDER_CONV2D, CONV, BIT(OUT_CHANNELS), conv, lc__cost_adder_conv, lc__weights_conv)          \
    X(SPATIAL_SHIFT, MOVES | BIT(KERNEL), BIT(KERNEL), spatial_shift, NULL, NULL)                  \
    X(LINEAR, WEIGHS | BIT(OUT_CHANNELS) | BIT(BIAS) | BIT(ACT), BIT(OUT_CHANNELS), linear,        \
      lc__cost_linear, lc__weights_linear)                                                         \
    X(MATMUL, COMPUTES | BIT(TRANSPOSE_B), 0, matmul, lc__cost_matmul, NULL)                       \
    X(ATTENTION, WEIGHS | BIT(HEADS), BIT(HEADS), attention, lc__cost_attention,                   \
      lc__weights_attention)                                                                       \
    X(LAYER_NORM, COMPUTES, 0, same, lc__cost_layer_norm, lc__weights_layer_norm)                  \
    X(SOFTMAX, COMPUTES, 0, same, lc__cost_softmax, NULL)                                          \
    X(MAX_POOL, MOVES | WINDOW, BIT(KERNEL), pool, lc__cost_pool, NULL)                            \
    X(AVG_POOL, COMPUTES | WINDOW, BIT(KERNEL), pool, lc__cost_pool, NULL)                         \
    X(GLOBAL_AVG_POOL, COMPUTES, 0, global_pool, lc__cost_global_pool, NULL)                       \
    X(ADD, COMPUTES | BIT(ACT), 0, add, lc__cost_elementwise, NULL)                                \
    X(MUL, COMPUTES | BIT(ACT), 0, mul, lc__cost_elementwise, NULL)                                \
    X(CONCAT, MOVES, 0, concat, NULL, NULL)                                                        \
    X(CHANNEL_SHUFFLE, MOVES | BIT(GROUPS), BIT(GROUPS), shuffle, NULL, NULL)                      \
    X(ACTIVATION, COMPUTES | BIT(ACT), BIT(ACT), activation, lc__cost_activation, NULL)            \
    X(SQUEEZE_EXCITE, WEIGHS | BIT(SQUEEZE) | BIT(ACT), BIT(SQUEEZE) | BIT(ACT), squeeze_excite,   \
      lc__cost_squeeze_excite, lc__weights_squeeze_excite)                                         \
    X(ZERO, MOVES, 0, same, lc__cost_zero, NULL)                                                   \
    X(EMBEDDING, WEIGHS | BIT(ROWS) | BIT(OUT_CHANNELS), BIT(ROWS) | BIT(OUT_CHANNELS), embedding, \
      NULL, lc__weights_embedding)                                                                 \
    X(FOURIER, COMPUTES | BIT(COSINE), 0, same, lc__cost_fourier, NULL)                            \
    X(SDPA, COMPUTES | BIT(HEADS), BIT(HEADS), sdpa, lc__cost_sdpa, NULL)                          \
    X(WMA, WEIGHS | BIT(HEADS), BIT(HEADS), sdpa, lc__cost_wma, lc__weights_wma)                   \
    X(SPLIT_HEADS, MOVES | BIT(HEADS), BIT(HEADS), split_heads, NULL, NULL)                        \
    X(MERGE_HEADS, MOVES | BIT(GRID), 0, merge_heads, NULL, NULL)                                  \
    X(DYNAMIC_CONV, COMPUTES | BIT(KERNEL) | BIT(HEADS), BIT(KERNEL) | BIT(HEADS), dynamic_conv,   \
      lc__cost_dynamic_conv, NULL)                                                                 \
    X(BUTTERFLY_LINEAR, WEIGHS | BIT(OUT_CHANNELS) | BIT(BIAS) | BIT(ACT), BIT(OUT_CHANNELS),      \
      linear, lc__cost_butterfly, lc__weights_butterfly)                                           \
    X(LSTM, WEIGHS | BIT(HIDDEN) | BIT(BIAS), BIT(HIDDEN), lstm, lc__cost_lstm, lc__weights_lstm)  \
    X(MC_DROPOUT, COMPUTES | BIT(PASSES) | BIT(RATE_PERCENT), BIT(PASSES) | BIT(RATE_PERCENT),     \
      mc_dropout, lc__cost_mc_dropout, NULL)                                                       \
    X(RANGE_BATCH_NORM, COMPUTES, 0, range_batch_norm, lc__cost_range_batch_norm,                  \
      lc__weights_layer_norm)                                                                      \
    X(INVERTED_RESIDUAL,                                                                           \
      WEIGHS | BIT(KERNEL) | BIT(STRIDE) | BIT(EXPAND) | BIT(OUT_CHANNELS) | BIT(SQUEEZE) |        \
          BIT(ACT),                                                                                \
      BIT(KERNEL) | BIT(EXPAND) | BIT(OUT_CHANNELS), composite, lc__cost_composite,                \
      lc__weights_composite)                                                                       \
    X(FEED_FORWARD, WEIGHS | BIT(HIDDEN) | BIT(ACT), BIT(HIDDEN), composite, lc__cost_composite,   \
      lc__weights_composite)                                                                       \
    X(UNFUSED_ATTENTION, WEIGHS | BIT(HEADS), BIT(HEADS), composite, lc__cost_composite,           \
      lc__weights_composite)                                                                       \
    X(BUTTERFLY_ATTENTION, WEIGHS | BIT(HEADS), BIT(HEADS), composite, lc__cost_composite,         \
      lc__weights_composite)

/* The names and input counts come from the public list, the rest from the one above. */
enum {
#define LIMITS(name, json, least, most) MIN_##name = (least), MAX_##name = (most),
    LC_OP_MAP(LIMITS)
#undef LIMITS
};

static const char *const op_names[] = {
#define NAME(name, json, least, most) [LC_OP_##name] = (json),
    LC_OP_MAP(NAME)
#undef NAME
};

static const lc__op_rule rules[LC_OP_COUNT] = {
#define RULE(name, accepts, requires, infer, cost, weights)                                        \
    [LC_OP_##name] = {MIN_##name, MAX_##name, accepts, requires, lc__infer_##infer, cost, weights},
    RULES(RULE)
#undef RULE
};

static const char *const act_names[] = {
#define NAME(name, json) [LC_ACT_##name] = (json),
    LC_ACT_MAP(NAME)
#undef NAME
};

static const char *const dtype_names[] = {
#define NAME(name, json, bytes) [LC_DTYPE_##name] = (json),
    LC_DTYPE_MAP(NAME)
#undef NAME
};

static const unsigned char dtype_sizes[] = {
#define SIZE(name, json, bytes) [LC_DTYPE_##name] = (bytes),
    LC_DTYPE_MAP(SIZE)
#undef SIZE
};

static const struct {
    lc__attr_info info;
    size_t at[2]; /* offsets in lc_op */
} attrs[LC__ATTR_COUNT] = {
#define ATTR(name, json, kind, a, b, lo, hi)                                                       \
    [LC__ATTR_##name] = {{json, LC__KIND_##kind, lo, hi}, {offsetof(lc_op, a), offsetof(lc_op, b)}},
    LC__ATTR_MAP(ATTR)
#undef ATTR
};

lc_op lc_op_init(lc_op_type type) {
    return (lc_op){.type = type,
                   .kernel_h = 1,
                   .kernel_w = 1,
                   .stride_h = 1,
                   .stride_w = 1,
                   .groups = 1,
                   .heads = 1,
                   .bias = true};
}

const char *lc_op_type_name(lc_op_type type) {
    return (size_t)type < LC_OP_COUNT ? op_names[type] : NULL;
}

lc_op_type lc_op_type_from_name(const char *name) {
    int type = 0;
    while (type < LC_OP_COUNT && strcmp(op_names[type], name) != 0)
        type++;
    return (lc_op_type)type;
}

const char *lc_act_name(lc_act act) {
    return (size_t)act < LC_ACT_COUNT ? act_names[act] : NULL;
}

lc_act lc_act_from_name(const char *name) {
    int act = 0;
    while (act < LC_ACT_COUNT && strcmp(act_names[act], name) != 0)
        act++;
    return (lc_act)act;
}

const char *lc_dtype_name(lc_dtype dtype) {
    return (size_t)dtype < LC_DTYPE_COUNT ? dtype_names[dtype] : NULL;
}

lc_dtype lc_dtype_from_name(const char *name) {
    int dtype = 0;
    while (dtype < LC_DTYPE_COUNT && strcmp(dtype_names[dtype], name) != 0)
        dtype++;
    return (lc_dtype)dtype;
}

size_t lc_dtype_size(lc_dtype dtype) {
    return dtype_sizes[dtype];
}

const lc__op_rule *lc__op_rule_of(lc_op_type type) {
    return (size_t)type < LC_OP_COUNT ? &rules[type] : NULL;
}

const lc__attr_info *lc__attr_info_of(lc__attr attr) {
    return &attrs[attr].info;
}

int32_t lc__attr_get(const lc_op *op, lc__attr attr, int which) {
    const char *field = (const char *)op + attrs[attr].at[which];
    switch (attrs[attr].info.kind) {
    case LC__KIND_BOOL:
        return *(const bool *)field;
    case LC__KIND_ACT:
        return (int32_t) * (const lc_act *)field;
    case LC__KIND_DTYPE:
        return (int32_t) * (const lc_dtype *)field;
    default:
        return *(const int32_t *)field;
    }
}

void lc__attr_set(lc_op *op, lc__attr attr, int which, int32_t value) {
    char *field = (char *)op + attrs[attr].at[which];
    switch (attrs[attr].info.kind) {
    case LC__KIND_BOOL:
        *(bool *)field = value != 0;
        break;
    case LC__KIND_ACT:
        *(lc_act *)field = (lc_act)value;
        break;
    case LC__KIND_DTYPE:
        *(lc_dtype *)field = (lc_dtype)value;
        break;
    default:
        *(int32_t *)field = value;
    }
}

const char *lc__attr_word(const lc_op *op, lc__attr attr) {
    switch (attrs[attr].info.kind) {
    case LC__KIND_ACT:
        return lc_act_name(op->act);
    case LC__KIND_DTYPE:
        return lc_dtype_name(op->dtype);
    default:
        return NULL;
    }
}

int64_t lc_shape_count(lc_shape s) {
    return (int64_t)s.n * s.h * s.w * s.c;
}

bool lc_shape_equal(lc_shape a, lc_shape b) {
    return a.n == b.n && a.h == b.h && a.w == b.w && a.c == b.c;
}

char *lc__shape_text(lc_shape s, char buf[LC__SHAPE_TEXT]) {
    snprintf(buf, LC__SHAPE_TEXT, "[%d,%d,%d,%d]", s.n, s.h, s.w, s.c);
    return buf;
}

lc_status lc__shape_check(lc_shape s, const char *what, lc_error *err) {
    const int32_t dims[4] = {s.n, s.h, s.w, s.c};
    char text[LC__SHAPE_TEXT];
    double count = 1;
    for (int i = 0; i < 4; i++) {
        if (dims[i] < 1 || dims[i] > LC__MAX_DIM)
            return lc_error_set(err, LC_EFORMAT, "%s %s: dimensions must be in 1 .. %d", what,
                                lc__shape_text(s, text), LC__MAX_DIM);
        count *= dims[i];
    }
    if (count >= LC__MAX_ELEMENTS)
        return lc_error_set(err, LC_EFORMAT, "%s %s has 2^31 elements or more", what,
                            lc__shape_text(s, text));
    return LC_OK;
}

/* Every attribute that the type has is in range, and every other one is as lc_op_init() left it: a
 * stride on a matmul would otherwise be dropped without a word. */
static lc_status check_attrs(const lc_op *op, const lc__op_rule *rule, lc_error *err) {
    const lc_op fresh = lc_op_init(op->type);
    const char *type = op_names[op->type];
    for (int a = 0; a < LC__ATTR_COUNT; a++) {
        for (int which = 0; which < 2; which++) {
            const lc__attr_info *info = &attrs[a].info;
            int32_t value = lc__attr_get(op, (lc__attr)a, which);
            bool accepted = rule->accepts >> a & 1, needed = rule->requires >> a & 1;
            if (!needed && value == lc__attr_get(&fresh, (lc__attr)a, which))
                continue;
            if (!accepted)
                return lc_error_set(err, LC_EUNSUPPORTED, "%s takes no \"%s\"", type, info->name);
            if (value < info->lo || value > info->hi)
                return lc_error_set(err, LC_EUNSUPPORTED, "%s: \"%s\" must be in %d .. %d, is %d",
                                    type, info->name, info->lo, info->hi, value);
        }
    }
    if (op->type != LC_OP_INPUT && !lc_shape_equal(op->shape, fresh.shape))
        return lc_error_set(err, LC_EUNSUPPORTED, "%s takes no \"shape\"; only input has one",
                            type);
    return LC_OK;
}

/* A bit is the sign, so one alone would leave nothing but 0. */
static lc_status check_bits(const lc_op *op, const char *name, int32_t bits, lc_error *err) {
    const char *type = op_names[op->type];
    if (bits == 0)
        return LC_OK;
    if (op->dtype != LC_DTYPE_INT8 && op->dtype != LC_DTYPE_INT16)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "%s: \"%s\" needs \"dtype\" int8 or int16, which is %s", type, name,
                            dtype_names[op->dtype]);
    int32_t most = op->dtype == LC_DTYPE_INT8 ? 8 : 16;
    if (bits < 2 || bits > most)
        return lc_error_set(err, LC_EUNSUPPORTED, "%s: \"%s\" of %s must be in 2 .. %d, is %d",
                            type, name, dtype_names[op->dtype], most, bits);
    return LC_OK;
}

static lc_status count_fail(const lc_op *op, const lc__op_rule *rule, int n_in, lc_error *err) {
    const char *type = op_names[op->type];
    int least = rule->min_inputs, most = rule->max_inputs;
    if (least == most)
        return lc_error_set(err, LC_EFORMAT, "%s takes %d input%s, has %d", type, least,
                            least == 1 ? "" : "s", n_in);
    return lc_error_set(err, LC_EFORMAT, "%s takes %d to %d inputs, has %d", type, least, most,
                        n_in);
}

lc_status lc_op_infer(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out, lc_error *err) {
    const lc__op_rule *rule = lc__op_rule_of(op->type);
    if (!rule)
        return lc_error_set(err, LC_EUNSUPPORTED, "unknown operator type %d", (int)op->type);
    if (n_in < rule->min_inputs || n_in > rule->max_inputs)
        return count_fail(op, rule, n_in, err);
    lc_status s = check_attrs(op, rule, err);
    if (!s)
        s = check_bits(op, "weight_bits", op->weight_bits, err);
    if (!s)
        s = check_bits(op, "act_bits", op->act_bits, err);
    for (int i = 0; i < n_in && !s; i++)
        s = lc__shape_check(in[i], "input", err);
    lc_shape shape = {0};
    if (!s)
        s = rule->infer(op, in, n_in, &shape, err);
    if (!s)
        s = lc__shape_check(shape, op->type == LC_OP_INPUT ? "shape" : "output", err);
    if (!s && rule->weights && rule->weights(op, in[0]) >= LC__MAX_ELEMENTS)
        s = lc_error_set(err, LC_EUNSUPPORTED, "%s holds 2^31 weights or more", op_names[op->type]);
    if (!s)
        *out = shape;
    return s;
}

int64_t lc_op_weight_count(const lc_op *op, lc_shape in) {
    const lc__op_rule *rule = lc__op_rule_of(op->type);
    return rule && rule->weights ? (int64_t)rule->weights(op, in) : 0;
}

/* Bytes of one weight. */
static double weight_size(const lc_op *op) {
    bool two_to_a_byte = op->weight_bits > 0 && op->weight_bits <= 4;
    return two_to_a_byte ? 0.5 : (double)lc_dtype_size(op->dtype);
}

lc_cost lc_op_cost(const lc_op *op, const lc_shape *in, int n_in, lc_shape out) {
    const lc__op_rule *rule = lc__op_rule_of(op->type);
    lc_cost cost = {0};
    if (!rule)
        return cost;
    double size = (double)lc_dtype_size(op->dtype);
    for (int i = 0; i < n_in; i++)
        cost.bytes_read += size * (double)lc_shape_count(in[i]);
    cost.bytes_written = size * (double)lc_shape_count(out);
    if (n_in > 0)
        cost.weight_bytes = weight_size(op) * (double)lc_op_weight_count(op, in[0]);
    if (rule->cost)
        rule->cost(op, in, n_in, out, &cost);
    return cost;
}
