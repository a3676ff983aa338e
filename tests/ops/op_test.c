/* Shapes and costs against figures worked out by hand, and what makes no operator. */
#include <criterion/criterion.h>
#include <string.h>

#include "latcast/op.h"

/* Shorthands for table rows; fields left out are the defaults of lc_op_init(). */
#define OP(op_type, ...)                                                                           \
    {                                                                                              \
        .type = op_type, .kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1, .groups = 1,  \
        .heads = 1, .bias = true, __VA_ARGS__                                                      \
    }
#define KERNEL(k) .kernel_h = (k), .kernel_w = (k)
#define STRIDE(s) .stride_h = (s), .stride_w = (s)
#define PAD(p) .pad_h = (p), .pad_w = (p)

/* Overriding a default within one initialiser is the point of OP(). */
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

typedef struct good_case {
    lc_op op;
    lc_shape in[3];
    int n_in;
    lc_shape out;
    lc_cost cost; /* macs, adds, shifts, bytes read, bytes written, weight bytes */
} good_case;

static const good_case good_cases[] = {
    {OP(LC_OP_INPUT, .shape = {2, 8, 8, 3}), {{0}}, 0, {2, 8, 8, 3}, {.macs = 0}},
    /* dense 3x3, 8 -> 16 channels, padded: 8*8*16 outputs of 72 products, 72*16 weights + 16 */
    {OP(LC_OP_CONV2D, KERNEL(3), PAD(1), .out_channels = 16, .act = LC_ACT_RELU),
     {{1, 8, 8, 8}},
     1,
     {1, 8, 8, 16},
     {73728, 1024, 0, 2048, 4096, 4672}},
    /* stride 2 without padding: (9 - 3) / 2 + 1 = 4 rows, (8 - 3) / 2 + 1 = 3 columns */
    {OP(LC_OP_CONV2D, KERNEL(3), STRIDE(2), .out_channels = 4, .bias = false),
     {{1, 9, 8, 2}},
     1,
     {1, 4, 3, 4},
     {864, 0, 0, 576, 192, 288}},
    /* depthwise: one product per tap and channel */
    {OP(LC_OP_CONV2D, KERNEL(5), PAD(2), .groups = 6, .out_channels = 6),
     {{2, 4, 4, 6}},
     1,
     {2, 4, 4, 6},
     {4800, 0, 0, 768, 768, 624}},
    /* grouped 1x1 */
    {OP(LC_OP_CONV2D, .groups = 2, .out_channels = 8, .act = LC_ACT_RELU6),
     {{1, 2, 2, 4}},
     1,
     {1, 2, 2, 8},
     {64, 64, 0, 64, 128, 96}},
    /* an uneven window */
    {OP(LC_OP_CONV2D, .kernel_h = 1, .kernel_w = 7, .pad_w = 3, .stride_h = 2, .out_channels = 1),
     {{1, 5, 5, 1}},
     1,
     {1, 3, 5, 1},
     {105, 0, 0, 100, 60, 32}},
    {OP(LC_OP_SHIFT_CONV2D, KERNEL(3), PAD(1), .out_channels = 16),
     {{1, 8, 8, 8}},
     1,
     {1, 8, 8, 16},
     {0, 73728, 73728, 2048, 4096, 4672}},
    {OP(LC_OP_ADDER_CONV2D, KERNEL(3), PAD(1), .out_channels = 16),
     {{1, 8, 8, 8}},
     1,
     {1, 8, 8, 16},
     {0, 147456, 0, 2048, 4096, 4672}},
    {OP(LC_OP_SPATIAL_SHIFT, KERNEL(3)), {{1, 4, 4, 9}}, 1, {1, 4, 4, 9}, {0, 0, 0, 576, 576, 0}},
    {OP(LC_OP_LINEAR, .out_channels = 10),
     {{3, 1, 5, 7}},
     1,
     {3, 1, 5, 10},
     {1050, 0, 0, 420, 600, 320}},
    {OP(LC_OP_MATMUL), {{1, 2, 3, 4}, {1, 2, 4, 5}}, 2, {1, 2, 3, 5}, {120, 0, 0, 256, 120, 0}},
    {OP(LC_OP_MATMUL, .transpose_b = true),
     {{1, 2, 3, 4}, {1, 2, 5, 4}},
     2,
     {1, 2, 3, 5},
     {120, 0, 0, 256, 120, 0}},
    /* 6 tokens of 8: projections 4*6*64, scores and values 2*36*8; 2 heads of 36 scores */
    {OP(LC_OP_ATTENTION, .heads = 2),
     {{1, 2, 3, 8}},
     1,
     {1, 2, 3, 8},
     {2112, 360, 0, 192, 192, 1152}},
    {OP(LC_OP_LAYER_NORM), {{1, 1, 4, 8}}, 1, {1, 1, 4, 8}, {0, 224, 0, 128, 128, 64}},
    {OP(LC_OP_SOFTMAX), {{1, 1, 4, 8}}, 1, {1, 1, 4, 8}, {0, 160, 0, 128, 128, 0}},
    {OP(LC_OP_MAX_POOL, KERNEL(3), STRIDE(2), PAD(1)),
     {{1, 8, 8, 2}},
     1,
     {1, 4, 4, 2},
     {0, 288, 0, 512, 128, 0}},
    {OP(LC_OP_AVG_POOL, KERNEL(2), STRIDE(2)),
     {{1, 5, 4, 2}},
     1,
     {1, 2, 2, 2},
     {0, 32, 0, 160, 32, 0}},
    {OP(LC_OP_GLOBAL_AVG_POOL), {{2, 3, 3, 4}}, 1, {2, 1, 1, 4}, {0, 80, 0, 288, 32, 0}},
    {OP(LC_OP_ADD, .act = LC_ACT_RELU),
     {{1, 2, 2, 4}, {1, 2, 2, 4}, {1, 2, 2, 4}},
     3,
     {1, 2, 2, 4},
     {0, 48, 0, 192, 64, 0}},
    {OP(LC_OP_MUL), {{1, 2, 2, 4}, {1, 1, 1, 4}}, 2, {1, 2, 2, 4}, {0, 16, 0, 80, 64, 0}},
    {OP(LC_OP_CONCAT), {{1, 2, 2, 4}, {1, 2, 2, 1}}, 2, {1, 2, 2, 5}, {0, 0, 0, 80, 80, 0}},
    {OP(LC_OP_CHANNEL_SHUFFLE, .groups = 2), {{1, 2, 2, 4}}, 1, {1, 2, 2, 4}, {0, 0, 0, 64, 64, 0}},
    {OP(LC_OP_ACTIVATION, .act = LC_ACT_HSWISH),
     {{1, 2, 2, 4}},
     1,
     {1, 2, 2, 4},
     {0, 80, 0, 64, 64, 0}},
    /* two layers 8 -> 2 -> 8; mean and product 2 * 32, relu 2, gate 8 * 4 */
    {OP(LC_OP_SQUEEZE_EXCITE, .squeeze = 2, .act = LC_ACT_SIGMOID),
     {{1, 2, 2, 8}},
     1,
     {1, 2, 2, 8},
     {32, 98, 0, 128, 128, 168}},
    {OP(LC_OP_ZERO), {{1, 2, 2, 4}}, 1, {1, 2, 2, 4}, {0, 0, 0, 0, 64, 0}},
    {OP(LC_OP_EMBEDDING, .rows = 100, .out_channels = 6),
     {{2, 1, 5, 1}},
     1,
     {2, 1, 5, 6},
     {0, 0, 0, 40, 240, 2400}},
    /* 32 elements, log2 of 8 tokens and of 4 channels: 2.5 * 32 * (3 + 2) */
    {OP(LC_OP_FOURIER), {{1, 2, 4, 4}}, 1, {1, 2, 4, 4}, {400, 0, 0, 128, 128, 0}},
    {OP(LC_OP_FOURIER, .cosine = true), {{1, 2, 4, 4}}, 1, {1, 2, 4, 4}, {400, 0, 0, 128, 128, 0}},
    /* 2 queries, 6 keys of 8, values of 4: 12 scores of 8 products, 12 weights of 4; 2 heads */
    {OP(LC_OP_SDPA, .heads = 2),
     {{1, 1, 2, 8}, {1, 2, 3, 8}, {1, 2, 3, 4}},
     3,
     {1, 1, 2, 4},
     {144, 120, 0, 352, 32, 0}},
    /* and 2 queries turned by matrices of 4 x 4 */
    {OP(LC_OP_WMA, .heads = 2),
     {{1, 1, 2, 8}, {1, 2, 3, 8}, {1, 2, 3, 4}},
     3,
     {1, 1, 2, 4},
     {208, 120, 0, 352, 32, 128}},
    {OP(LC_OP_SPLIT_HEADS, .heads = 2), {{1, 2, 3, 8}}, 1, {1, 2, 6, 4}, {0, 0, 0, 192, 192, 0}},
    {OP(LC_OP_MERGE_HEADS), {{1, 2, 6, 4}}, 1, {1, 1, 6, 8}, {0, 0, 0, 192, 192, 0}},
    {OP(LC_OP_MERGE_HEADS, .grid_h = 3, .grid_w = 2),
     {{1, 2, 6, 4}},
     1,
     {1, 3, 2, 8},
     {0, 0, 0, 192, 192, 0}},
    {OP(LC_OP_DYNAMIC_CONV, .kernel_w = 3, .heads = 2),
     {{1, 1, 5, 8}, {1, 1, 5, 6}},
     2,
     {1, 1, 5, 8},
     {120, 150, 0, 280, 160, 0}},
    /* 5 channels to 9 in a matrix of 16: 4 factors of 32 products a row */
    {OP(LC_OP_BUTTERFLY_LINEAR, .out_channels = 9, .act = LC_ACT_RELU),
     {{1, 1, 3, 5}},
     1,
     {1, 1, 3, 9},
     {384, 27, 0, 60, 108, 548}},
    /* 4 gates of 3 from 5 channels, the state of 3 and a bias */
    {OP(LC_OP_LSTM, .hidden = 3), {{1, 1, 7, 5}}, 1, {1, 1, 7, 3}, {672, 441, 0, 140, 84, 432}},
    {OP(LC_OP_MC_DROPOUT, .passes = 3, .rate_percent = 50),
     {{2, 1, 1, 4}},
     1,
     {6, 1, 1, 4},
     {0, 48, 0, 32, 96, 0}},
    {OP(LC_OP_RANGE_BATCH_NORM), {{2, 3, 1, 4}}, 1, {2, 3, 1, 4}, {0, 144, 0, 96, 96, 32}},
    /* 8 -> 16 pointwise, 5x5 depthwise stride 2, gate of 4, 16 -> 12: 1024 + 1600 + 128 + 768 */
    {OP(LC_OP_INVERTED_RESIDUAL, KERNEL(5), STRIDE(2), .expand = 2, .out_channels = 12,
        .squeeze = 4, .act = LC_ACT_RELU),
     {{1, 4, 4, 8}},
     1,
     {1, 2, 2, 12},
     {2048 + 1600 + 128 + 768, 256 + 64 + 128 + 4 + 64, 0, 512 + 1024 + 256 + 256,
      1024 + 256 + 256 + 192, 576 + 1664 + 592 + 816}},
    {OP(LC_OP_FEED_FORWARD, .hidden = 16, .act = LC_ACT_RELU),
     {{1, 1, 4, 8}},
     1,
     {1, 1, 4, 8},
     {1024, 64, 0, 384, 384, 1120}},
    /* attention's work; the copies of heads cost bytes */
    {OP(LC_OP_UNFUSED_ATTENTION, .heads = 2),
     {{1, 2, 3, 8}},
     1,
     {1, 2, 3, 8},
     {2112, 360, 0, 192 * 6 + 384 + 288 + 480 + 192 * 2, 192 * 6 + 288 * 2 + 192 * 3, 1152}},
    /* four of 3 factors of 16 products on 6 tokens; 2 * 36 * 8 for the scores and the mix */
    {OP(LC_OP_BUTTERFLY_ATTENTION, .heads = 2),
     {{1, 2, 3, 8}},
     1,
     {1, 2, 3, 8},
     {1152 + 576, 360, 0, 192 * 7, 192 * 5, 4 * 224}},
};
/* narrow values and weights: the first of the convolutions above in int8, and with weights two to a
 * byte */
static const good_case narrow_cases[] = {
    {OP(LC_OP_CONV2D, KERNEL(3), PAD(1), .out_channels = 16, .dtype = LC_DTYPE_INT8),
     {{1, 8, 8, 8}},
     1,
     {1, 8, 8, 16},
     {73728, 0, 0, 512, 1024, 1168}},
    {OP(LC_OP_CONV2D, KERNEL(3), PAD(1), .out_channels = 16, .dtype = LC_DTYPE_INT8,
        .weight_bits = 4, .act_bits = 6),
     {{1, 8, 8, 8}},
     1,
     {1, 8, 8, 16},
     {73728, 0, 0, 512, 1024, 584}},
    {OP(LC_OP_ADD, .dtype = LC_DTYPE_BF16),
     {{1, 2, 2, 4}, {1, 2, 2, 4}},
     2,
     {1, 2, 2, 4},
     {0, 16, 0, 64, 32, 0}},
};

Test(op, narrow_values_move_fewer_bytes) {
    for (size_t i = 0; i < sizeof narrow_cases / sizeof *narrow_cases; i++) {
        const good_case *c = &narrow_cases[i];
        lc_shape out = {0};
        cr_assert_eq(lc_op_infer(&c->op, c->in, c->n_in, &out, NULL), LC_OK);
        lc_cost cost = lc_op_cost(&c->op, c->in, c->n_in, out);
        cr_expect_eq(cost.macs, c->cost.macs, "case %zu", i);
        cr_expect_eq(cost.bytes_read, c->cost.bytes_read, "case %zu", i);
        cr_expect_eq(cost.bytes_written, c->cost.bytes_written, "case %zu", i);
        cr_expect_eq(cost.weight_bytes, c->cost.weight_bytes, "case %zu", i);
    }
}

enum { N_GOOD = sizeof good_cases / sizeof *good_cases };

Test(op, shape_and_cost_by_hand) {
    bool met[LC_OP_COUNT] = {false};
    for (size_t i = 0; i < N_GOOD; i++) {
        const good_case *c = &good_cases[i];
        const char *name = lc_op_type_name(c->op.type);
        lc_shape out = {0};
        lc_error err;
        cr_assert_eq(lc_op_infer(&c->op, c->in, c->n_in, &out, &err), LC_OK, "case %zu, %s: %s", i,
                     name, err.message);
        cr_expect(lc_shape_equal(out, c->out), "case %zu, %s: [%d,%d,%d,%d]", i, name, out.n, out.h,
                  out.w, out.c);
        lc_cost cost = lc_op_cost(&c->op, c->in, c->n_in, out);
        cr_expect_eq(cost.macs, c->cost.macs, "case %zu, %s: %g macs", i, name, cost.macs);
        cr_expect_eq(cost.adds, c->cost.adds, "case %zu, %s: %g adds", i, name, cost.adds);
        cr_expect_eq(cost.shifts, c->cost.shifts, "case %zu, %s: %g shifts", i, name, cost.shifts);
        cr_expect_eq(cost.bytes_read, c->cost.bytes_read, "case %zu, %s", i, name);
        cr_expect_eq(cost.bytes_written, c->cost.bytes_written, "case %zu, %s", i, name);
        cr_expect_eq(cost.weight_bytes, c->cost.weight_bytes, "case %zu, %s: %g", i, name,
                     cost.weight_bytes);
        cr_expect_eq(lc_op_weight_count(&c->op, c->in[0]) * 4, (int64_t)c->cost.weight_bytes);
        met[c->op.type] = true;
    }
    for (int t = 0; t < LC_OP_COUNT; t++)
        cr_expect(met[t], "%s has no case", lc_op_type_name((lc_op_type)t));
}

static const struct {
    lc_op op;
    lc_shape in[3];
    int n_in;
    lc_status status;
    const char *message;
} bad_cases[] = {
    {OP(LC_OP_CONV2D, .out_channels = 4), {{0}}, 0, LC_EFORMAT, "takes 1 input, has 0"},
    {OP(LC_OP_ADD), {{1, 1, 1, 1}}, 1, LC_EFORMAT, "takes 2 to 16 inputs, has 1"},
    {OP((lc_op_type)77), {{1, 1, 1, 1}}, 1, LC_EUNSUPPORTED, "type 77"},
    {OP(LC_OP_CONV2D), {{1, 4, 4, 4}}, 1, LC_EUNSUPPORTED, "\"out_channels\" must be in 1"},
    {OP(LC_OP_CONV2D, .out_channels = 4, .stride_w = 0),
     {{1, 4, 4, 4}},
     1,
     LC_EUNSUPPORTED,
     "\"stride\""},
    {OP(LC_OP_CONV2D, .out_channels = 4, .pad_h = -1),
     {{1, 4, 4, 4}},
     1,
     LC_EUNSUPPORTED,
     "\"pad\""},
    {OP(LC_OP_CONV2D, .out_channels = 4, .act = LC_ACT_COUNT),
     {{1, 4, 4, 4}},
     1,
     LC_EUNSUPPORTED,
     "\"act\""},
    {OP(LC_OP_CONV2D, .out_channels = 6, .groups = 3),
     {{1, 4, 4, 4}},
     1,
     LC_EFORMAT,
     "3 groups do not divide the channels of [1,4,4,4]"},
    {OP(LC_OP_CONV2D, .out_channels = 5, .groups = 2),
     {{1, 4, 4, 4}},
     1,
     LC_EUNSUPPORTED,
     "out_channels 5"},
    {OP(LC_OP_CONV2D, KERNEL(7), PAD(1), .out_channels = 4),
     {{1, 4, 4, 4}},
     1,
     LC_EFORMAT,
     "kernel 7x7 is larger than input [1,4,4,4]"},
    {OP(LC_OP_CONV2D, PAD(1 << 20), .out_channels = 4),
     {{1, 4, 4, 4}},
     1,
     LC_EFORMAT,
     "dimensions must be in"},
    {OP(LC_OP_CONV2D, .out_channels = 1 << 20), {{1, 64, 64, 4}}, 1, LC_EFORMAT, "2^31 elements"},
    {OP(LC_OP_CONV2D, .out_channels = 1 << 20),
     {{1, 1, 1, 1 << 20}},
     1,
     LC_EUNSUPPORTED,
     "2^31 weights"},
    {OP(LC_OP_INPUT), {{0}}, 0, LC_EFORMAT, "dimensions must be in"},
    {OP(LC_OP_INPUT, .shape = {1, 1, 1 << 21, 1}), {{0}}, 0, LC_EFORMAT, "1048576"},
    {OP(LC_OP_ACTIVATION, .act = LC_ACT_RELU), {{1, -4, 4, 4}}, 1, LC_EFORMAT, "input [1,-4,4,4]"},
    {OP(LC_OP_MAX_POOL, KERNEL(2), PAD(2)), {{1, 4, 4, 4}}, 1, LC_EUNSUPPORTED, "no element"},
    {OP(LC_OP_SPATIAL_SHIFT, KERNEL(2)), {{1, 4, 4, 4}}, 1, LC_EUNSUPPORTED, "square and odd"},
    {OP(LC_OP_MATMUL), {{1, 2, 3, 4}, {1, 2, 5, 4}}, 2, LC_EFORMAT, "[1,2,3,4] and [1,2,5,4]"},
    {OP(LC_OP_MATMUL), {{1, 2, 3, 4}, {1, 3, 4, 4}}, 2, LC_EFORMAT, "first two dimensions"},
    {OP(LC_OP_ATTENTION, .heads = 3), {{1, 2, 2, 4}}, 1, LC_EFORMAT, "3 heads"},
    {OP(LC_OP_ATTENTION), {{1, 1, 1 << 17, 1}}, 1, LC_EFORMAT, "the scores"},
    {OP(LC_OP_EMBEDDING, .rows = 9, .out_channels = 4),
     {{1, 1, 5, 2}},
     1,
     LC_EFORMAT,
     "one number a token, [N,H,W,1]; its input is [1,1,5,2]"},
    {OP(LC_OP_EMBEDDING, .out_channels = 4), {{1, 1, 5, 1}}, 1, LC_EUNSUPPORTED, "\"rows\""},
    {OP(LC_OP_ADD), {{1, 2, 2, 4}, {1, 1, 1, 4}}, 2, LC_EFORMAT, "one shape"},
    {OP(LC_OP_MUL), {{1, 1, 1, 4}, {1, 2, 2, 4}}, 2, LC_EFORMAT, "one shape"},
    {OP(LC_OP_CONCAT), {{1, 2, 2, 4}, {1, 2, 3, 4}}, 2, LC_EFORMAT, "channels only"},
    {OP(LC_OP_CHANNEL_SHUFFLE, .groups = 3), {{1, 2, 2, 4}}, 1, LC_EFORMAT, "3 groups"},
    {OP(LC_OP_ACTIVATION), {{1, 2, 2, 4}}, 1, LC_EUNSUPPORTED, "must not be none"},
    {OP(LC_OP_SQUEEZE_EXCITE, .squeeze = 2, .act = LC_ACT_RELU),
     {{1, 2, 2, 4}},
     1,
     LC_EUNSUPPORTED,
     "sigmoid or hsigmoid, is relu"},
    /* what a type does not use must be left alone */
    {OP(LC_OP_LINEAR, .out_channels = 4, STRIDE(2)),
     {{1, 2, 2, 4}},
     1,
     LC_EUNSUPPORTED,
     "linear takes no \"stride\""},
    {OP(LC_OP_SDPA, .heads = 3),
     {{1, 1, 2, 8}, {1, 1, 6, 8}, {1, 1, 6, 6}},
     3,
     LC_EFORMAT,
     "3 heads do not divide the channels of [1,1,2,8]"},
    {OP(LC_OP_SDPA, .heads = 2),
     {{1, 1, 2, 8}, {1, 1, 6, 8}, {1, 1, 5, 8}},
     3,
     LC_EFORMAT,
     "values [1,1,5,8] must agree"},
    {OP(LC_OP_SPLIT_HEADS, .heads = 3), {{1, 1, 2, 8}}, 1, LC_EFORMAT, "3 heads do not divide"},
    {OP(LC_OP_MERGE_HEADS, .grid_h = 4, .grid_w = 2),
     {{1, 2, 6, 4}},
     1,
     LC_EFORMAT,
     "4 x 2 for 6 tokens"},
    {OP(LC_OP_DYNAMIC_CONV, .kernel_w = 4, .heads = 2),
     {{1, 1, 5, 8}, {1, 1, 5, 8}},
     2,
     LC_EUNSUPPORTED,
     "kernel 1x4 must be [1, K]"},
    {OP(LC_OP_DYNAMIC_CONV, .kernel_w = 3, .heads = 2),
     {{1, 1, 5, 8}, {1, 1, 5, 3}},
     2,
     LC_EFORMAT,
     "logits have 2 heads x 3 channels"},
    {OP(LC_OP_MC_DROPOUT, .passes = 3), {{1, 1, 1, 4}}, 1, LC_EUNSUPPORTED, "\"rate_percent\""},
    {OP(LC_OP_MC_DROPOUT, .passes = 1 << 20, .rate_percent = 1),
     {{2, 1, 1, 1}},
     1,
     LC_EFORMAT,
     "more than"},
    {OP(LC_OP_LSTM), {{1, 1, 1, 4}}, 1, LC_EUNSUPPORTED, "\"hidden\""},
    {OP(LC_OP_RANGE_BATCH_NORM), {{1, 1, 1, 4}}, 1, LC_EFORMAT, "no range"},
    {OP(LC_OP_INVERTED_RESIDUAL, KERNEL(3), .expand = 65, .out_channels = 4),
     {{1, 4, 4, 4}},
     1,
     LC_EUNSUPPORTED,
     "\"expand\""},
    {OP(LC_OP_UNFUSED_ATTENTION, .heads = 3), {{1, 1, 2, 8}}, 1, LC_EFORMAT, "heads do not divide"},
    {OP(LC_OP_SOFTMAX, .shape = {1, 2, 2, 4}), {{1, 2, 2, 4}}, 1, LC_EUNSUPPORTED, "only input"},
    /* bits */
    {OP(LC_OP_LINEAR, .out_channels = 4, .weight_bits = 4),
     {{1, 2, 2, 4}},
     1,
     LC_EUNSUPPORTED,
     "\"weight_bits\" needs \"dtype\" int8 or int16, which is any"},
    {OP(LC_OP_LINEAR, .out_channels = 4, .act_bits = 9, .dtype = LC_DTYPE_INT8),
     {{1, 2, 2, 4}},
     1,
     LC_EUNSUPPORTED,
     "\"act_bits\" of int8 must be in 2 .. 8, is 9"},
    {OP(LC_OP_LINEAR, .out_channels = 4, .weight_bits = 1, .dtype = LC_DTYPE_INT16),
     {{1, 2, 2, 4}},
     1,
     LC_EUNSUPPORTED,
     "\"weight_bits\" of int16 must be in 2 .. 16, is 1"},
    {OP(LC_OP_CONCAT, .act_bits = 4, .dtype = LC_DTYPE_INT8),
     {{1, 2, 2, 4}, {1, 2, 2, 4}},
     2,
     LC_EUNSUPPORTED,
     "concat takes no \"act_bits\""},
    {OP(LC_OP_SHIFT_CONV2D, .out_channels = 4, .weight_bits = 4, .dtype = LC_DTYPE_INT8),
     {{1, 2, 2, 4}},
     1,
     LC_EUNSUPPORTED,
     "shift_conv2d takes no \"weight_bits\""},
};
enum { N_BAD = sizeof bad_cases / sizeof *bad_cases };

Test(op, refuses_what_makes_no_operator) {
    for (size_t i = 0; i < N_BAD; i++) {
        lc_shape out;
        lc_error err = {0};
        lc_status s = lc_op_infer(&bad_cases[i].op, bad_cases[i].in, bad_cases[i].n_in, &out, &err);
        cr_expect_eq(s, bad_cases[i].status, "case %zu: %s", i, lc_status_name(s));
        cr_expect(strstr(err.message, bad_cases[i].message), "case %zu: %s", i, err.message);
    }
}

/* A tensor of 2^31 - 2^20 elements is allowed, and its products do not overflow. */
Test(op, largest_tensors_count_right) {
    lc_op op = lc_op_init(LC_OP_LINEAR);
    op.out_channels = 1 << 10;
    lc_shape in = {1, 2047, 1 << 10, 1 << 10}, out;
    cr_assert_eq(lc_op_infer(&op, &in, 1, &out, NULL), LC_OK);
    cr_expect_eq(lc_shape_count(out), (INT64_C(1) << 31) - (1 << 20));
    cr_expect_eq(lc_op_cost(&op, &in, 1, out).macs, 2047.0 * (1 << 20) * (1 << 10));
}

Test(op, names_lead_there_and_back) {
    for (int t = 0; t < LC_OP_COUNT; t++)
        cr_expect_eq(lc_op_type_from_name(lc_op_type_name((lc_op_type)t)), (lc_op_type)t);
    for (int a = 0; a < LC_ACT_COUNT; a++)
        cr_expect_eq(lc_act_from_name(lc_act_name((lc_act)a)), (lc_act)a);
    for (int d = 0; d < LC_DTYPE_COUNT; d++)
        cr_expect_eq(lc_dtype_from_name(lc_dtype_name((lc_dtype)d)), (lc_dtype)d);
    cr_expect_eq(lc_dtype_from_name("int"), LC_DTYPE_COUNT);
    cr_expect_eq(lc_op_type_from_name("conv"), LC_OP_COUNT);
    cr_expect_eq(lc_act_from_name(""), LC_ACT_COUNT);
    cr_expect_null(lc_op_type_name(LC_OP_COUNT));
    cr_expect_null(lc_act_name(LC_ACT_COUNT));
}
