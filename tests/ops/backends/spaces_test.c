/* Nets of the spaces from end to end, small ones where the space's own would take long, and the
 * composites against what they stand for. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "latcast/backend.h"
#include "latcast/space.h"
#include "ops/spaces/flexibert_net.h"
#include "ops/spaces/hat_net.h"

static size_t output_count(const lc_net *net) {
    return (size_t)lc_shape_count(lc_net_node(net, lc_net_output(net))->shape);
}

/* The output of one run: free(). `inputs`, where not NULL, are set first. */
static float *run(const char *backend, const lc_net *net, int threads, const float *const *inputs,
                  int n_inputs) {
    const lc_exec_config config = {.threads = threads, .weight_seed = 3};
    lc_error err = {0};
    lc_exec *exec = NULL;
    size_t count = output_count(net);
    float *y = malloc(count * sizeof *y);
    cr_assert_eq(lc_exec_new(lc_backend_find(backend), net, &config, &exec, &err), LC_OK, "%s",
                 err.message);
    for (int i = 0; i < n_inputs; i++) {
        size_t n = (size_t)lc_shape_count(lc_net_node(net, i)->shape);
        cr_assert_eq(lc_exec_set_input(exec, i, inputs[i], n, &err), LC_OK, "%s", err.message);
    }
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_output(exec, y, count, &err), LC_OK, "%s", err.message);
    lc_exec_free(exec);
    return y;
}

/* Finite, of a size that is neither that of nothing nor of an overflow, and no different on two
 * threads, which split no sum. */
static void check_runs(lc_net *net) {
    size_t count = output_count(net);
    float *one = run("native", net, 1, NULL, 0), *two = run("native", net, 2, NULL, 0);
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)one[i] * one[i] / (double)count;
    }
    cr_expect(sum > 1e-8 && sum < 1e4, "%s: mean square %g", lc_net_name(net), sum);
    cr_expect_eq(memcmp(one, two, count * sizeof *one), 0);
    free(one);
    free(two);
    lc_net_free(net);
}

Test(spaces, ofa_mbv3_runs) {
    const lc_space *space = lc_space_find("ofa_mbv3");
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net = NULL;
    for (int i = 0; i < space->n_positions; i++) {
        choices[i] = i % 4 < 2 ? i % 2 : space->n_options(i) - 1; /* two thin blocks a unit */
    }
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
    check_runs(net);
}

/* A block of every kind. */
Test(spaces, nasa_runs) {
    const lc_space *space = lc_space_find("nasa");
    const int choices[] = {8, 4, 12, 12, 0, 13, 12, 12, 0, 4, 12};
    lc_net *net = NULL;
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
    check_runs(net);
}

Test(spaces, hat_runs) {
    static const lc__hat_corpus corpus = {"words", 8, 40, 50};
    lc__hat_shape shape = {.encoder_width = 24,
                           .encoder_layers = 3,
                           .decoder_width = 32,
                           .decoder_layers = 2,
                           .encoder = {{40, 4, 0, 0}, {16, 8, 0, 0}, {24, 4, 0, 0}},
                           .decoder = {{40, 8, 4, 3}, {48, 4, 8, 1}}};
    lc_net *net = lc_net_new("hat");
    lc_error err = {0};
    cr_assert_eq(lc__hat_build(&corpus, &shape, net, &err), LC_OK, "%s", err.message);
    check_runs(net);
}

static lc_net *encoder(void) {
    static const lc__flexibert_text text = {.tokens = 19, .vocabulary = 60, .classes = 3};
    lc__flexibert shape = {.n_layers = 2,
                           .layers = {{.width = 32,
                                       .head_width = 8,
                                       .n_heads = 4,
                                       .heads = {LC__FLEXIBERT_SDP, LC__FLEXIBERT_WMA,
                                                 LC__FLEXIBERT_DCT, LC__FLEXIBERT_CONV},
                                       .kernels = {1, 1, 1, 5},
                                       .n_ffn = 2,
                                       .ffn = {40, 24}},
                                      {.width = 24,
                                       .head_width = 12,
                                       .n_heads = 2,
                                       .heads = {LC__FLEXIBERT_DFT, LC__FLEXIBERT_CONV},
                                       .kernels = {1, 13},
                                       .n_ffn = 1,
                                       .ffn = {64}}}};
    lc_net *net = lc_net_new("flexibert");
    lc_error err = {0};
    cr_assert_eq(lc__flexibert_build(&text, &shape, net, &err), LC_OK, "%s", err.message);
    return net;
}

Test(spaces, flexibert_runs) {
    check_runs(encoder());
}

/* Attention by OpenBLAS' products, the rest by native's kernels. */
Test(spaces, flexibert_is_the_same_by_openblas) {
    const lc_exec_config config = {.threads = 1};
    lc_error err = {0};
    const lc_backend *openblas = lc_backend_find("openblas");
    if (openblas == NULL || lc_backend_open(openblas, &config, NULL, &err) != LC_OK) {
        cr_skip_test("no openblas here: %s", err.message);
    }
    lc_net *net = encoder();
    float *a = run("native", net, 1, NULL, 0), *b = run("openblas", net, 1, NULL, 0);
    for (size_t i = 0; i < output_count(net); i++) {
        cr_expect(fabs((double)a[i] - b[i]) < 1e-4, "%g and %g", (double)a[i], (double)b[i]);
    }
    free(a);
    free(b);
    lc_net_free(net);
}

/* --- attention, fused and not ----------------------------------------------------------------- */

enum { TOKENS = 6, CHANNELS = 8, HEADS = 2, VALUES = TOKENS * CHANNELS };

static int add(lc_net *net, const lc_op *op, const int *inputs, int n) {
    lc_error err = {0};
    int index = -1;
    cr_assert_eq(lc_net_add(net, NULL, op, inputs, n, &index, &err), LC_OK, "%s", err.message);
    return index;
}

static lc_net *three_inputs(int inputs[3]) {
    lc_net *net = lc_net_new("attention");
    lc_op input = lc_op_init(LC_OP_INPUT);
    input.shape = (lc_shape){1, 1, TOKENS, CHANNELS};
    for (int i = 0; i < 3; i++) {
        inputs[i] = add(net, &input, NULL, 0);
    }
    return net;
}

/* softmax(q k^T) v, head by head, of operators. */
static lc_net *chain(void) {
    int in[3];
    lc_net *net = three_inputs(in);
    lc_op split = lc_op_init(LC_OP_SPLIT_HEADS), product = lc_op_init(LC_OP_MATMUL);
    lc_op softmax = lc_op_init(LC_OP_SOFTMAX), merge = lc_op_init(LC_OP_MERGE_HEADS);
    split.heads = HEADS;
    for (int i = 0; i < 3; i++) {
        in[i] = add(net, &split, &in[i], 1);
    }
    product.transpose_b = true;
    int y = add(net, &product, in, 2);
    y = add(net, &softmax, &y, 1);
    product.transpose_b = false;
    y = add(net, &product, (const int[]){y, in[2]}, 2);
    add(net, &merge, &y, 1);
    return net;
}

/* The scale, 1 / 2 for heads of 4, is in the chain's queries. */
Test(attention, a_chain_of_operators_is_the_fused_one) {
    int in[3];
    float data[3][VALUES], halved[VALUES];
    lc_net *fused = three_inputs(in), *unfused = chain();
    lc_op sdpa = lc_op_init(LC_OP_SDPA);
    sdpa.heads = HEADS;
    add(fused, &sdpa, in, 3);
    for (int i = 0; i < 3 * VALUES; i++) {
        data[i / VALUES][i % VALUES] = sinf((float)(i * i));
    }
    for (int i = 0; i < VALUES; i++) {
        halved[i] = data[0][i] / 2;
    }
    float *a = run("native", fused, 1, (const float *const[]){data[0], data[1], data[2]}, 3);
    float *b = run("native", unfused, 1, (const float *const[]){halved, data[1], data[2]}, 3);
    for (int i = 0; i < VALUES; i++) {
        cr_expect(fabs((double)a[i] - b[i]) < 1e-5, "%g and %g", (double)a[i], (double)b[i]);
    }
    free(a);
    free(b);
    lc_net_free(fused);
    lc_net_free(unfused);
}

/* Every composite is run by whoever runs its parts, in its dtype. */
Test(composites, run_in_their_dtype) {
    for (int type = LC_OP_FIRST_COMPOSITE; type < LC_OP_COUNT; type++) {
        lc_net *net = lc_net_new(lc_op_type_name((lc_op_type)type));
        lc_op input = lc_op_init(LC_OP_INPUT), op = lc_op_init((lc_op_type)type);
        bool block = type == LC_OP_INVERTED_RESIDUAL, dense = type == LC_OP_FEED_FORWARD;
        input.shape = (lc_shape){1, 4, 4, 16};
        op.dtype = LC_DTYPE_INT8;
        op.act_bits = 6;
        op.heads = block || dense ? 1 : 2;
        op.hidden = dense ? 24 : 0;
        op.kernel_h = op.kernel_w = block ? 3 : 1;
        op.expand = block ? 2 : 0;
        op.out_channels = block ? 16 : 0;
        int x = add(net, &input, NULL, 0);
        add(net, &op, &x, 1);
        for (int i = 1; i < lc_net_size(net); i++) {
            cr_expect_eq(lc_net_node(net, i)->op.dtype, LC_DTYPE_INT8, "%s",
                         lc_net_node(net, i)->id);
        }
        check_runs(net);
    }
}
