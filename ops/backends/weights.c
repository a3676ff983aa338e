#include "weights.h"

#include <math.h>

#include "base/rng.h"
#include "ops/butterfly.h"

#define BIAS_RANGE 0.1F

/* A stream of its own for every node. */
static uint64_t stream(int index, uint64_t seed) {
    uint64_t state = seed + UINT64_C(0x632be59bd9b4e019) * ((uint64_t)index + 1);
    return lc__rng_u64(&state);
}

/* Uniform in [centre - range, centre + range). */
static float *draw(uint64_t *state, float *to, size_t count, float centre, float range) {
    for (size_t i = 0; i < count; i++) {
        *to++ = centre + range * (2.0F * (float)lc__rng_unit(state) - 1.0F);
    }
    return to;
}

static float he_range(size_t fan_in, lc_act act) {
    bool rectifies =
        act == LC_ACT_RELU || act == LC_ACT_RELU6 || act == LC_ACT_HSWISH || act == LC_ACT_GELU;
    return sqrtf((rectifies ? 6.0F : 3.0F) / (float)fan_in);
}

/* +-2^p with p at most 0 and at least -7, the largest near twice the range that multiplying weights
 * would have. */
static float *draw_shifts(uint64_t *state, float *to, size_t count, float range) {
    int top = (int)ceilf(log2f(range)) + 1;
    top = top > 0 ? 0 : top < -7 ? -7 : top;
    int choices = top + 8;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = lc__rng_u64(state);
        int p = top - (int)lc__rng_below(state, (uint64_t)choices);
        *to++ = ldexpf(bits & 1 ? -1.0F : 1.0F, p);
    }
    return to;
}

/* Draws all the weights of an operator whose first input is `in`. */
typedef void draw_fn(uint64_t *state, const lc_op *op, lc_shape in, float *to);

static void draw_conv(uint64_t *state, const lc_op *op, lc_shape in, float *to) {
    size_t fan_in = (size_t)(in.c / op->groups) * (size_t)op->kernel_h * (size_t)op->kernel_w;
    size_t out = (size_t)op->out_channels;
    float range = he_range(fan_in, op->act), centre = 0.0F;
    if (op->type == LC_OP_SHIFT_CONV2D) {
        to = draw_shifts(state, to, out * fan_in, range);
    } else if (op->type == LC_OP_ADDER_CONV2D) {
        to = draw(state, to, out * fan_in, 0.0F, 1.0F);
        centre = (float)fan_in * (2.0F / 3.0F); /* mean of |x - w|, both uniform in [-1, 1) */
    } else {
        to = draw(state, to, out * fan_in, 0.0F, range);
    }
    if (op->bias) {
        draw(state, to, out, centre, BIAS_RANGE);
    }
}

/* A dense layer [out][in] and its bias. */
static float *draw_dense(uint64_t *state, size_t in, size_t out, lc_act act, bool bias, float *to) {
    to = draw(state, to, in * out, 0.0F, he_range(in, act));
    return bias ? draw(state, to, out, 0.0F, BIAS_RANGE) : to;
}

static void draw_linear(uint64_t *state, const lc_op *op, lc_shape in, float *to) {
    draw_dense(state, (size_t)in.c, (size_t)op->out_channels, op->act, op->bias, to);
}

/* Projections to queries, keys, values, and of the result. */
static void draw_attention(uint64_t *state, const lc_op *op, lc_shape in, float *to) {
    (void)op;
    for (int i = 0; i < 4; i++) {
        to = draw_dense(state, (size_t)in.c, (size_t)in.c, LC_ACT_NONE, true, to);
    }
}

/* A matrix for each head. */
static void draw_wma(uint64_t *state, const lc_op *op, lc_shape in, float *to) {
    size_t depth = (size_t)in.c / (size_t)op->heads;
    for (int i = 0; i < op->heads; i++) {
        to = draw_dense(state, depth, depth, LC_ACT_NONE, false, to);
    }
}

/* Blocks [[a, b], [c, d]] keep the size of what they turn: two products of variance 1/2 each. */
static void draw_butterfly(uint64_t *state, const lc_op *op, lc_shape in, float *to) {
    size_t side = (size_t)lc__butterfly_side(op, in), stages = (size_t)lc__butterfly_stages(op, in);
    to = draw(state, to, 2 * side * stages, 0.0F, sqrtf(1.5F));
    if (op->bias) {
        draw(state, to, (size_t)op->out_channels, 0.0F, BIAS_RANGE);
    }
}

/* The four gates together; 1 / sqrt(hidden) is what recurrent layers start from. */
static void draw_lstm(uint64_t *state, const lc_op *op, lc_shape in, float *to) {
    size_t hidden = (size_t)op->hidden;
    float range = 1.0F / sqrtf((float)hidden);
    to = draw_dense(state, (size_t)in.c, 4 * hidden, LC_ACT_NONE, false, to);
    to = draw(state, to, 4 * hidden * hidden, 0.0F, range);
    if (op->bias) {
        draw(state, to, 4 * hidden, 0.0F, BIAS_RANGE);
    }
}

static void draw_embedding(uint64_t *state, const lc_op *op, lc_shape in, float *to) {
    (void)in;
    draw(state, to, (size_t)op->rows * (size_t)op->out_channels, 0.0F, 1.0F);
}

/* Scales near 1, then offsets. */
static void draw_norm(uint64_t *state, const lc_op *op, lc_shape in, float *to) {
    (void)op;
    to = draw(state, to, (size_t)in.c, 1.0F, BIAS_RANGE);
    draw(state, to, (size_t)in.c, 0.0F, BIAS_RANGE);
}

static void draw_squeeze_excite(uint64_t *state, const lc_op *op, lc_shape in, float *to) {
    size_t channels = (size_t)in.c, squeeze = (size_t)op->squeeze;
    to = draw_dense(state, channels, squeeze, LC_ACT_RELU, true, to);
    draw_dense(state, squeeze, channels, op->act, true, to);
}

void lc__weights_draw(const lc_net *net, int index, uint64_t seed, float *data) {
    /* The others have no weights. */
    static draw_fn *const draws[LC_OP_COUNT] = {
        [LC_OP_CONV2D] = draw_conv,
        [LC_OP_SHIFT_CONV2D] = draw_conv,
        [LC_OP_ADDER_CONV2D] = draw_conv,
        [LC_OP_LINEAR] = draw_linear,
        [LC_OP_ATTENTION] = draw_attention,
        [LC_OP_WMA] = draw_wma,
        [LC_OP_BUTTERFLY_LINEAR] = draw_butterfly,
        [LC_OP_LSTM] = draw_lstm,
        [LC_OP_EMBEDDING] = draw_embedding,
        [LC_OP_RANGE_BATCH_NORM] = draw_norm,
        [LC_OP_LAYER_NORM] = draw_norm,
        [LC_OP_SQUEEZE_EXCITE] = draw_squeeze_excite,
    };
    const lc_node *node = lc_net_node(net, index);
    draw_fn *own = draws[node->op.type];
    if (node->n_inputs > 0 && own != NULL) {
        uint64_t state = stream(index, seed);
        own(&state, &node->op, lc_net_node(net, node->inputs[0])->shape, data);
    }
}

/* Rows of the smallest table that reads input node `index`; 0 where none does. */
static int32_t rows_read(const lc_net *net, int index) {
    int32_t rows = 0;
    for (int i = index + 1; i < lc_net_size(net); i++) {
        const lc_node *node = lc_net_node(net, i);
        bool reads = node->op.type == LC_OP_EMBEDDING && node->inputs[0] == index;
        if (reads && (rows == 0 || node->op.rows < rows)) {
            rows = node->op.rows;
        }
    }
    return rows;
}

lc__inputs lc__inputs_new(const lc_net *net, int index, uint64_t seed) {
    return (lc__inputs){.state = stream(index, seed), .rows = rows_read(net, index)};
}

void lc__inputs_next(lc__inputs *inputs, size_t count, float *data) {
    draw(&inputs->state, data, count, 0.0F, 1.0F);
    for (size_t i = 0; i < count && inputs->rows > 0; i++) {
        data[i] = floorf((data[i] + 1.0F) / 2.0F * (float)inputs->rows);
    }
}
