/* The CUDA backend on the emulated card, which LD_LIBRARY_PATH names. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "latcast/backend.h"

static const lc_exec_config config = {.threads = 1, .weight_seed = 1};

static const lc_backend *cuda(void) {
    return lc_backend_find("cuda");
}

/* A net of one convolution, run through everything that a run takes. */
static lc_net *one_conv(int channels) {
    lc_net *net = lc_net_new("one");
    lc_op in = lc_op_init(LC_OP_INPUT), conv = lc_op_init(LC_OP_CONV2D);
    int at;
    in.shape = (lc_shape){1, 4, 4, channels};
    conv.out_channels = channels;
    cr_assert_eq(lc_net_add(net, NULL, &in, NULL, 0, &at, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, NULL, &conv, &at, 1, NULL, NULL), LC_OK);
    return net;
}

/* The agent times by this clock: the emulated one says 1.5 ms whatever runs. */
Test(cuda_card, is_described_and_has_a_clock_of_its_own) {
    lc_error err;
    lc_backend_info info;
    lc_exec *exec;
    double ns = 0;
    cr_assert_eq(lc_backend_open(cuda(), &config, &info, &err), LC_OK, "%s", err.message);
    cr_expect_str_eq(info.isa, "sm_87");
    cr_expect_str_eq(info.version, "driver 12.6 nvrtc 12.6 cublas 120600 cudnn 90300");
    cr_expect(strstr(info.detail, "emulated card") != NULL, "%s", info.detail);
    lc_net *net = one_conv(8);
    cr_assert_eq(lc_exec_new(cuda(), net, &config, &exec, &err), LC_OK, "%s", err.message);
    cr_expect(lc_exec_has_clock(exec));
    cr_expect_eq(lc_exec_time(exec, 3, &ns, &err), LC_OK);
    cr_expect_float_eq(ns, 1.5e6, 1);
    lc_exec_free(exec);
    lc_net_free(net);
}

Test(cuda_card, too_little_memory_names_the_node) {
    lc_error err;
    lc_exec *exec;
    lc_net *net = lc_net_new("large");
    lc_op in = lc_op_init(LC_OP_INPUT), act = lc_op_init(LC_OP_ACTIVATION);
    int at;
    in.shape = (lc_shape){1, 1 << 10, 1 << 10, 1 << 10};
    act.act = LC_ACT_RELU;
    cr_assert_eq(lc_net_add(net, "image", &in, NULL, 0, &at, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, NULL, &act, &at, 1, NULL, NULL), LC_OK);
    cr_expect_eq(lc_exec_new(cuda(), net, &config, &exec, &err), LC_ENOMEM);
    cr_expect(strstr(err.message, "node image needs 4294967296 bytes on the card") != NULL, "%s",
              err.message);
    lc_net_free(net);
}

Test(cuda_card, a_driver_without_a_card_says_so) {
    setenv("EMULATOR_NO_CARD", "1", 1);
    lc_error err, again;
    cr_expect_eq(lc_backend_open(cuda(), &config, NULL, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "no CUDA-capable device is detected") != NULL, "%s", err.message);
    /* and is not asked once more for the next item of a plan */
    unsetenv("EMULATOR_NO_CARD");
    cr_expect_eq(lc_backend_open(cuda(), &config, NULL, &again), LC_EUNSUPPORTED);
    cr_expect_str_eq(again.message, err.message);
}

/* 2^16 groups of two channels: a launch would fail, for grids end at 65535 in that direction. */
Test(cuda_card, too_many_groups_name_the_node) {
    lc_error err;
    lc_exec *exec;
    lc_net *net = lc_net_new("groups");
    lc_op in = lc_op_init(LC_OP_INPUT), adder = lc_op_init(LC_OP_ADDER_CONV2D);
    int at;
    in.shape = (lc_shape){1, 1, 1, 1 << 17};
    adder.groups = adder.out_channels = 1 << 16;
    cr_assert_eq(lc_net_add(net, NULL, &in, NULL, 0, &at, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, "adder", &adder, &at, 1, NULL, NULL), LC_OK);
    cr_expect_eq(lc_exec_new(cuda(), net, &config, &exec, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "node adder (adder_conv2d)") != NULL, "%s", err.message);
    cr_expect(strstr(err.message, "65535 groups at most, not 65536") != NULL, "%s", err.message);
    lc_net_free(net);
}
