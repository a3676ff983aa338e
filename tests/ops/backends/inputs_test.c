/* Large inputs are filled part by part, in whatever layout a backend keeps them: nothing may be
 * missing, or in another place. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "backends/weights.h"
#include "latcast/backend.h"

#define SEED 5

/* Rectifies one input. */
static lc_net *relu_net(lc_shape shape) {
    lc_net *net = lc_net_new("relu");
    lc_op input = lc_op_init(LC_OP_INPUT), relu = lc_op_init(LC_OP_ACTIVATION);
    int index = 0;
    input.shape = shape;
    relu.act = LC_ACT_RELU;
    cr_assert_eq(lc_net_add(net, NULL, &input, NULL, 0, NULL, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, NULL, &relu, &index, 1, NULL, NULL), LC_OK);
    return net;
}

/* A depthwise convolution, which likes channels in blocks. */
static lc_net *depthwise_net(lc_shape shape) {
    lc_net *net = lc_net_new("depthwise");
    lc_op input = lc_op_init(LC_OP_INPUT), conv = lc_op_init(LC_OP_CONV2D);
    int index = 0;
    input.shape = shape;
    conv.groups = conv.out_channels = shape.c;
    conv.kernel_h = conv.kernel_w = 3;
    conv.pad_h = conv.pad_w = 1;
    cr_assert_eq(lc_net_add(net, NULL, &input, NULL, 0, NULL, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, NULL, &conv, &index, 1, NULL, NULL), LC_OK);
    return net;
}

static size_t count_of(const lc_net *net) {
    return (size_t)lc_shape_count(lc_net_node(net, lc_net_output(net))->shape);
}

/* The output: free(); NULL where the backend is not found. */
static float *run(const char *name, const lc_net *net) {
    const lc_exec_config config = {.threads = 1, .weight_seed = SEED};
    const lc_backend *backend = lc_backend_find(name);
    lc_error err = {0};
    lc_exec *exec = NULL;
    if (backend == NULL || lc_backend_open(backend, &config, NULL, NULL) != LC_OK) {
        return NULL;
    }
    float *y = malloc(count_of(net) * sizeof *y);
    cr_assert_eq(lc_exec_new(backend, net, &config, &exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_output(exec, y, count_of(net), &err), LC_OK, "%s", err.message);
    lc_exec_free(exec);
    return y;
}

static const char *const backends[] = {"native", "openblas", "onednn", "xnnpack"};
#define N_BACKENDS (sizeof backends / sizeof backends[0])

static void expect_inputs(lc_shape shape) {
    lc_net *net = relu_net(shape);
    size_t count = count_of(net);
    float *x = malloc(count * sizeof *x);
    lc__inputs values = lc__inputs_new(net, 0, SEED);
    lc__inputs_next(&values, count, x);
    for (size_t b = 0; b < N_BACKENDS; b++) {
        float *y = run(backends[b], net);
        for (size_t i = 0; y != NULL && i < count; i++) {
            cr_assert_eq(y[i], fmaxf(x[i], 0.0F), "%s: value %zu", backends[b], i);
        }
        free(y);
    }
    free(x);
    lc_net_free(net);
}

Test(inputs, of_many_rows) {
    expect_inputs((lc_shape){2, 301, 300, 5});
}

Test(inputs, of_many_images) {
    expect_inputs((lc_shape){5001, 3, 2, 11});
}

Test(inputs, of_one_row) {
    expect_inputs((lc_shape){1, 1, 600, 501});
}

/* Against native, which keeps them in order. */
Test(inputs, in_blocks_of_channels) {
    lc_net *net = depthwise_net((lc_shape){2, 150, 130, 24});
    float *expected = run("native", net);
    for (size_t b = 1; b < N_BACKENDS; b++) {
        float *y = run(backends[b], net);
        for (size_t i = 0; y != NULL && i < count_of(net); i++) {
            cr_assert_float_eq(y[i], expected[i], 1e-4F, "%s: value %zu", backends[b], i);
        }
        free(y);
    }
    free(expected);
    lc_net_free(net);
}
