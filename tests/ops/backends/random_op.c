#include "random_op.h"

#include "base/rng.h"

static int32_t between(uint64_t *seed, int32_t low, int32_t high) {
    return low + (int32_t)lc__rng_below(seed, (uint64_t)(high - low) + 1);
}

/* Odd numbers of channels, and the full blocks that blocked layouts like. */
static int32_t channels(uint64_t *seed) {
    return between(seed, 0, 2) == 0 ? 16 * between(seed, 1, 4) : between(seed, 1, 40);
}

static int32_t divisor(uint64_t *seed, int32_t of) {
    for (;;) {
        int32_t d = between(seed, 1, of);
        if (of % d == 0) {
            return d;
        }
    }
}

static lc_act any_act(uint64_t *seed) {
    return (lc_act)between(seed, LC_ACT_NONE, LC_ACT_COUNT - 1);
}

static void random_conv(lc_op *op, lc_shape *in, uint64_t *seed) {
    op->act = any_act(seed);
    op->bias = between(seed, 0, 3) != 0;
    op->out_channels = channels(seed);
    switch (between(seed, 0, 2)) {
    case 0: /* depthwise */
        op->groups = op->out_channels = in->c;
        break;
    case 1: /* grouped */
        op->groups = between(seed, 1, 4);
        in->c = op->groups * between(seed, 1, 18);
        op->out_channels = op->groups * between(seed, 1, 18);
        break;
    default:
        break;
    }
}

static void random_window(lc_op *op, uint64_t *seed) {
    op->kernel_h = between(seed, 1, 5);
    op->kernel_w = between(seed, 0, 1) ? op->kernel_h : between(seed, 1, 5);
    op->stride_h = between(seed, 1, 3);
    op->stride_w = between(seed, 1, 3);
    op->pad_h = between(seed, 0, op->kernel_h - 1);
    op->pad_w = between(seed, 0, op->kernel_w - 1);
}

/* Operators with weights. */
static void random_layer(lc_op *op, lc_shape *in, uint64_t *seed) {
    switch (op->type) {
    case LC_OP_CONV2D:
    case LC_OP_SHIFT_CONV2D:
    case LC_OP_ADDER_CONV2D:
        random_conv(op, in, seed);
        random_window(op, seed);
        break;
    case LC_OP_LINEAR:
    case LC_OP_BUTTERFLY_LINEAR:
        op->act = any_act(seed);
        op->bias = between(seed, 0, 1);
        op->out_channels = channels(seed);
        break;
    case LC_OP_EMBEDDING:
        op->rows = between(seed, 1, 50);
        op->out_channels = channels(seed);
        in->c = 1;
        break;
    case LC_OP_LSTM:
        op->hidden = between(seed, 1, 20);
        op->bias = between(seed, 0, 1);
        break;
    case LC_OP_RANGE_BATCH_NORM:
        in->h += 1;
        break;
    case LC_OP_SQUEEZE_EXCITE:
        op->squeeze = between(seed, 1, 20);
        op->act = between(seed, 0, 1) ? LC_ACT_SIGMOID : LC_ACT_HSIGMOID;
        break;
    default:
        break;
    }
}

/* Operators on tokens and their heads. */
static void random_mixing(lc_op *op, const lc_shape *in, uint64_t *seed) {
    switch (op->type) {
    case LC_OP_ATTENTION:
    case LC_OP_SDPA:
    case LC_OP_WMA:
    case LC_OP_SPLIT_HEADS:
        op->heads = divisor(seed, in->c);
        break;
    case LC_OP_MATMUL:
        op->transpose_b = between(seed, 0, 1);
        break;
    case LC_OP_FOURIER:
        op->cosine = between(seed, 0, 1);
        break;
    case LC_OP_MERGE_HEADS:
        if (between(seed, 0, 1)) {
            op->grid_w = divisor(seed, in->w);
            op->grid_h = in->w / op->grid_w;
        }
        break;
    case LC_OP_DYNAMIC_CONV:
        op->kernel_w = 2 * between(seed, 0, 6) + 1;
        op->heads = divisor(seed, in->c);
        break;
    default:
        break;
    }
}

/* The first input may be changed to suit. */
static void random_attributes(lc_op *op, lc_shape *in, uint64_t *seed) {
    switch (op->type) {
    case LC_OP_MAX_POOL:
    case LC_OP_AVG_POOL:
        random_window(op, seed);
        break;
    case LC_OP_SPATIAL_SHIFT:
        op->kernel_h = op->kernel_w = 2 * between(seed, 0, 2) + 1;
        break;
    case LC_OP_ADD:
    case LC_OP_MUL:
        op->act = any_act(seed);
        break;
    case LC_OP_CHANNEL_SHUFFLE:
        op->groups = divisor(seed, in->c);
        break;
    case LC_OP_ACTIVATION:
        op->act = (lc_act)between(seed, LC_ACT_NONE + 1, LC_ACT_COUNT - 1);
        break;
    case LC_OP_MC_DROPOUT:
        op->passes = between(seed, 1, 5);
        op->rate_percent = between(seed, 1, 99);
        break;
    default:
        random_layer(op, in, seed);
        random_mixing(op, in, seed);
        break;
    }
}

/* Further inputs; gives their number, the first included. */
static int random_inputs(const lc_op *op, lc_shape in[4], uint64_t *seed) {
    int n = between(seed, 2, 4);
    in[1] = in[2] = in[3] = in[0];
    switch (op->type) {
    case LC_OP_MATMUL:
        in[1].w = op->transpose_b ? between(seed, 1, 40) : in[0].c;
        in[1].c = op->transpose_b ? in[0].c : between(seed, 1, 40);
        return 2;
    case LC_OP_SDPA:
    case LC_OP_WMA:
        in[1].h = in[2].h = between(seed, 1, 6);
        in[1].w = in[2].w = between(seed, 1, 6);
        in[2].c = op->heads * between(seed, 1, 9);
        return 3;
    case LC_OP_DYNAMIC_CONV:
        in[1].c = op->heads * op->kernel_w;
        return 2;
    case LC_OP_MUL:
        if (between(seed, 0, 1)) {
            in[1].h = in[1].w = 1;
            return 2;
        }
        return n;
    case LC_OP_ADD:
        return n;
    case LC_OP_CONCAT:
        for (int i = 1; i < n; i++) {
            in[i].c = channels(seed);
        }
        return n;
    default:
        return 1;
    }
}

/* Fewer bits, half of the time, where the operator takes any. */
static void random_bits(lc_op *op, const lc_shape *in, int n, uint64_t *seed) {
    const int32_t most = op->dtype == LC_DTYPE_INT8 ? 8 : 16;
    int32_t *const bits[2] = {&op->weight_bits, &op->act_bits};
    for (int i = 0; i < 2; i++) {
        lc_shape out;
        *bits[i] = between(seed, 0, 1) ? between(seed, 2, most) : 0;
        if (lc_op_infer(op, in, n, &out, NULL) != LC_OK) {
            *bits[i] = 0;
        }
    }
}

lc_net *random_op_net(lc_op_type type, lc_dtype dtype, uint64_t *seed) {
    lc_op op = lc_op_init(type);
    op.dtype = dtype;
    lc_shape in[4] = {
        {between(seed, 1, 2), between(seed, 1, 12), between(seed, 1, 12), channels(seed)}};
    random_attributes(&op, &in[0], seed);
    if (type != LC_OP_DYNAMIC_CONV) {
        in[0].h = in[0].h < op.kernel_h ? op.kernel_h : in[0].h;
        in[0].w = in[0].w < op.kernel_w ? op.kernel_w : in[0].w;
    }
    int n = random_inputs(&op, in, seed), inputs[4];
    if (dtype == LC_DTYPE_INT8 || dtype == LC_DTYPE_INT16) {
        random_bits(&op, in, n, seed);
    }
    lc_net *net = lc_net_new("one operator");
    for (int i = 0; i < n; i++) {
        lc_op source = lc_op_init(LC_OP_INPUT);
        source.shape = in[i];
        if (lc_net_add(net, NULL, &source, NULL, 0, &inputs[i], NULL) != LC_OK) {
            lc_net_free(net);
            return NULL;
        }
    }
    if (lc_net_add(net, "op", &op, inputs, n, NULL, NULL) != LC_OK) {
        lc_net_free(net);
        return NULL;
    }
    return net;
}
