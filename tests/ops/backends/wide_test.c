/* Kernels of every instruction set against the portable ones, on shapes that fill their tiles:
 * images wider than a tile, several blocks of outputs, panels and threads. Smaller shapes are
 * operator_test.c's. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "kernels/isa.h"
#include "latcast/backend.h"

typedef struct shape {
    int32_t height, width, in, out, kernel, stride, pad, groups;
} shape;

static const shape shapes[] = {
    {9, 31, 20, 70, 3, 1, 1, 1},    /* inside and at the edges, two blocks and a rest */
    {5, 45, 3, 33, 7, 2, 3, 1},     /* channels that fill no step */
    {7, 7, 48, 100, 3, 1, 1, 1},    /* lines too short for a tile */
    {17, 29, 64, 64, 1, 1, 0, 1},   /* all pixels one line */
    {17, 29, 24, 40, 1, 2, 0, 1},   /* windows apart */
    {260, 300, 1, 1, 1, 1, 0, 1},   /* pixels x tiles beyond 32 bits */
    {6, 40, 40, 72, 3, 1, 1, 2},    /* groups, taps apart */
    {4, 3, 300, 400, 3, 1, 1, 1},   /* weights of several panels */
    {1, 1, 700, 130, 1, 1, 0, 1},   /* one pixel */
    {3, 3, 5, 9, 5, 1, 2, 1},       /* a window larger than the image */
    {11, 33, 37, 37, 3, 1, 1, 37},  /* depthwise from here on */
    {10, 34, 32, 32, 3, 2, 1, 32},  /*                        */
    {12, 30, 50, 50, 5, 1, 2, 50},  /*                        */
    {9, 40, 20, 20, 5, 2, 2, 20},   /*                        */
    {8, 20, 66, 66, 7, 1, 3, 66},   /*                        */
    {8, 20, 150, 150, 4, 3, 1, 150} /* no patch of its own    */
};

static lc_net *conv_net(const shape *s, lc_dtype dtype) {
    lc_net *net = lc_net_new("conv");
    lc_op input = lc_op_init(LC_OP_INPUT), conv = lc_op_init(LC_OP_CONV2D);
    int index = 0;
    input.shape = (lc_shape){2, s->height, s->width, s->in};
    conv.kernel_h = conv.kernel_w = s->kernel;
    conv.stride_h = conv.stride_w = s->stride;
    conv.pad_h = conv.pad_w = s->pad;
    conv.groups = s->groups;
    conv.out_channels = s->out;
    conv.dtype = dtype;
    conv.act = LC_ACT_RELU;
    cr_assert_eq(lc_net_add(net, "in", &input, NULL, 0, &index, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, "conv", &conv, &index, 1, NULL, NULL), LC_OK);
    return net;
}

/* Scaled dot-product attention with more keys than queries. */
static lc_net *attention_net(void) {
    lc_net *net = lc_net_new("attention");
    lc_op input = lc_op_init(LC_OP_INPUT), core = lc_op_init(LC_OP_SDPA);
    int in[3];
    for (int i = 0; i < 3; i++) {
        input.shape = (lc_shape){2, 1, i == 0 ? 45 : 77, 96};
        cr_assert_eq(lc_net_add(net, NULL, &input, NULL, 0, &in[i], NULL), LC_OK);
    }
    core.heads = 3;
    cr_assert_eq(lc_net_add(net, "core", &core, in, 3, NULL, NULL), LC_OK);
    return net;
}

/* The output under a cap; NULL where the CPU lacks it. */
static float *run(const lc_net *net, const char *isa, int threads, size_t *count) {
    lc_exec_config config = {.threads = threads, .isa = isa, .weight_seed = 3};
    const lc_backend *native = lc_backend_find("native");
    lc_exec *exec = NULL;
    lc_error err = {0};
    if (lc_backend_open(native, &config, NULL, &err) != LC_OK) {
        return NULL;
    }
    *count = (size_t)lc_shape_count(lc_net_node(net, lc_net_output(net))->shape);
    float *y = malloc(*count * sizeof *y);
    cr_assert_not_null(y);
    cr_assert_eq(lc_exec_new(native, net, &config, &exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_output(exec, y, *count, &err), LC_OK, "%s", err.message);
    lc_exec_free(exec);
    return y;
}

static void check(const lc_net *net, const char *isa, int threads, double tolerance) {
    size_t count = 0;
    float *expected = run(net, "baseline", 1, &count), *y = run(net, isa, threads, &count);
    for (size_t i = 0; y != NULL && i < count; i++) {
        cr_assert(fabs((double)y[i] - (double)expected[i]) <= tolerance,
                  "%s, %d threads, value %zu of %zu: %g, portable %g\n%s", isa, threads, i, count,
                  (double)y[i], (double)expected[i], lc_net_to_json(net, true));
    }
    free(expected);
    free(y);
}

static void check_shapes(const char *isa, lc_dtype dtype, double tolerance) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        lc_net *net = conv_net(&shapes[i], dtype);
        check(net, isa, 1, tolerance);
        check(net, isa, 3, tolerance);
        lc_net_free(net);
    }
}

/* Sums of up to 2700 products of some units each, and a step of int8 where rounding was a tie. */
#define ISA_TESTS(NAME, name, architecture)                                                        \
    Test(name, f32_convolutions) {                                                                 \
        check_shapes(#name, LC_DTYPE_F32, 1e-4);                                                   \
    }                                                                                              \
    Test(name, int8_convolutions) {                                                                \
        check_shapes(#name, LC_DTYPE_INT8, 0x1p-5);                                                \
    }                                                                                              \
    Test(name, attention) {                                                                        \
        lc_net *net = attention_net();                                                             \
        check(net, #name, 1, 1e-5);                                                                \
        check(net, #name, 3, 1e-5);                                                                \
        lc_net_free(net);                                                                          \
    }
LC__ISA_MAP(ISA_TESTS)
