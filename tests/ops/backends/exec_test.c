/* The interface: what is refused and how, inputs and outputs, dead nodes, caps. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "latcast/backend.h"

static const lc_exec_config plain = {.threads = 1, .weight_seed = 1};

static int add(lc_net *net, const char *id, const lc_op *op, const int *inputs, int n) {
    lc_error err = {0};
    int index = -1;
    cr_assert_eq(lc_net_add(net, id, op, inputs, n, &index, &err), LC_OK, "%s", err.message);
    return index;
}

static int add_input(lc_net *net, const char *id, lc_shape shape) {
    lc_op op = lc_op_init(LC_OP_INPUT);
    op.shape = shape;
    return add(net, id, &op, NULL, 0);
}

/* relu of 8 values. */
static lc_net *relu_net(void) {
    lc_net *net = lc_net_new("relu");
    int input = add_input(net, "in", (lc_shape){1, 2, 2, 2});
    lc_op relu = lc_op_init(LC_OP_ACTIVATION);
    relu.act = LC_ACT_RELU;
    add(net, "relu", &relu, &input, 1);
    return net;
}

static lc_exec *prepare(const char *name, const lc_net *net, const lc_exec_config *config) {
    lc_error err = {0};
    lc_exec *exec = NULL;
    const lc_backend *backend = lc_backend_find(name);
    if (backend == NULL) {
        cr_skip_test("this build has no backend %s", name);
    }
    if (lc_backend_open(backend, config, NULL, &err) != LC_OK) {
        cr_skip_test("%s", err.message);
    }
    cr_assert_eq(lc_exec_new(backend, net, config, &exec, &err), LC_OK, "%s", err.message);
    return exec;
}

static void expect_mention(const lc_error *err, const char *text) {
    cr_assert_not_null(strstr(err->message, text), "\"%s\" is not in: %s", text, err->message);
}

Test(lookup, unknown_name_is_null) {
    cr_assert_null(lc_backend_find("nosuch"));
    cr_assert_str_eq(lc_backend_name(lc_backend_find("native")), "native");
    cr_assert_str_eq(lc_backend_name(lc_backends()[0]), "null");
}

Test(lookup, info_describes_what_runs) {
    lc_error err = {0};
    for (const lc_backend *const *b = lc_backends(); *b != NULL; b++) {
        lc_backend_info info;
        if (lc_backend_open(*b, &plain, &info, &err) == LC_OK) {
            cr_assert_neq(info.isa[0], '\0', "%s", lc_backend_name(*b));
            cr_assert_neq(info.library[0], '\0', "%s", lc_backend_name(*b));
        }
    }
}

/* Given values go in, come out right, and stay for the next run. */
static void check_given_input(const char *name) {
    static const float x[8] = {-1, 2, -3, 4, -5, 6, -7, 8};
    static const float expected[8] = {0, 2, 0, 4, 0, 6, 0, 8};
    lc_error err = {0};
    float y[8];
    lc_net *net = relu_net();
    lc_exec *exec = prepare(name, net, &plain);
    cr_assert_eq(lc_exec_set_input(exec, 0, x, 8, &err), LC_OK, "%s", err.message);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
        cr_assert_eq(lc_exec_output(exec, y, 8, &err), LC_OK, "%s", err.message);
        cr_assert_arr_eq(y, expected, sizeof y);
    }
    lc_exec_free(exec);
    lc_net_free(net);
}

Test(input, native) {
    check_given_input("native");
}

Test(input, openblas) {
    check_given_input("openblas");
}

Test(input, onednn) {
    check_given_input("onednn");
}

Test(input, xnnpack) {
    check_given_input("xnnpack");
}

/* The null backend computes nothing, and says zeros. */
Test(input, null) {
    lc_error err = {0};
    float y[8];
    lc_net *net = relu_net();
    lc_exec *exec = prepare("null", net, &plain);
    memset(y, 1, sizeof y);
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK);
    cr_assert_eq(lc_exec_output(exec, y, 8, &err), LC_OK);
    cr_assert_eq(y[0], 0.0F);
    cr_assert_eq(y[7], 0.0F);
    lc_exec_free(exec);
    lc_net_free(net);
}

Test(input, wrong_counts_and_numbers_are_refused) {
    lc_error err = {0};
    float data[9] = {0};
    lc_net *net = relu_net();
    lc_exec *exec = prepare("native", net, &plain);
    cr_assert_eq(lc_exec_set_input(exec, 0, data, 9, &err), LC_EUSAGE);
    expect_mention(&err, "node in holds 8 values, not 9");
    cr_assert_eq(lc_exec_set_input(exec, 1, data, 8, &err), LC_EUSAGE);
    expect_mention(&err, "no input number 1");
    cr_assert_eq(lc_exec_set_input(exec, -1, data, 8, &err), LC_EUSAGE);
    cr_assert_eq(lc_exec_output(exec, data, 7, &err), LC_EUSAGE);
    expect_mention(&err, "node relu holds 8 values, not 7");
    lc_exec_free(exec);
    lc_net_free(net);
}

Test(config, no_threads_is_refused) {
    lc_error err = {0};
    const lc_exec_config config = {.threads = 0};
    cr_assert_eq(lc_backend_open(lc_backend_find("native"), &config, NULL, &err), LC_EUSAGE);
    expect_mention(&err, "threads");
}

Test(config, empty_net_is_refused) {
    lc_error err = {0};
    lc_exec *exec = NULL;
    lc_net *net = lc_net_new("nothing");
    cr_assert_eq(lc_exec_new(lc_backend_find("native"), net, &plain, &exec, &err), LC_EFORMAT);
    expect_mention(&err, "nothing");
    lc_net_free(net);
}

/* What does not reach the output is not executed: here an operator that oneDNN has not. */
static void check_dead_node(const char *name) {
    lc_error err = {0};
    lc_net *net = lc_net_new("dead");
    int input = add_input(net, "in", (lc_shape){1, 4, 4, 16});
    int unused = add_input(net, "unused", (lc_shape){1, 4, 4, 16});
    lc_op adder = lc_op_init(LC_OP_ADDER_CONV2D), relu = lc_op_init(LC_OP_ACTIVATION);
    adder.out_channels = 4;
    relu.act = LC_ACT_RELU;
    add(net, "adder", &adder, &unused, 1);
    add(net, "relu", &relu, &input, 1);
    lc_exec *exec = prepare(name, net, &plain);
    float data[256] = {0};
    cr_assert_eq(lc_exec_set_input(exec, 1, data, 256, &err), LC_OK);
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    lc_exec_free(exec);
    lc_net_free(net);
}

Test(dead_node, native) {
    check_dead_node("native");
}

Test(dead_node, onednn) {
    check_dead_node("onednn");
}

Test(dead_node, xnnpack) {
    check_dead_node("xnnpack");
}

/* A net may be its input and nothing more. */
static void check_bare_input(const char *name) {
    static const float x[2] = {3, 4};
    float y[2] = {0};
    lc_error err = {0};
    lc_net *net = lc_net_new("bare");
    add_input(net, "in", (lc_shape){1, 1, 1, 2});
    lc_exec *exec = prepare(name, net, &plain);
    cr_assert_eq(lc_exec_set_input(exec, 0, x, 2, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_output(exec, y, 2, &err), LC_OK, "%s", err.message);
    cr_assert_arr_eq(y, x, sizeof y);
    lc_exec_free(exec);
    lc_net_free(net);
}

Test(bare_input, native) {
    check_bare_input("native");
}

Test(bare_input, onednn) {
    check_bare_input("onednn");
}

Test(bare_input, xnnpack) {
    check_bare_input("xnnpack");
}

/* A batch is what runs, and what goes in and out. */
Test(input, in_a_batch) {
    static const float x[16] = {-1, 2, -3, 4, -5, 6, -7, 8, 1, -2, 3, -4, 5, -6, 7, -8};
    const lc_exec_config config = {.threads = 1, .weight_seed = 1, .batch = 2};
    lc_error err = {0};
    float y[16];
    lc_net *net = relu_net();
    lc_exec *exec = prepare("native", net, &config);
    cr_assert_eq(lc_exec_set_input(exec, 0, x, 16, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_output(exec, y, 16, &err), LC_OK, "%s", err.message);
    for (int i = 0; i < 16; i++) {
        cr_assert_eq(y[i], x[i] > 0 ? x[i] : 0);
    }
    lc_exec_free(exec);
    lc_net_free(net);
}

/* --- dtypes ----------------------------------------------------------------------------------- */

/* in -> softmax (f32 everywhere) -> relu -> softmax, computed in `dtype` where the net says
 * nothing.
 */
static lc_net *chain(lc_dtype middle) {
    lc_net *net = lc_net_new("chain");
    lc_op softmax = lc_op_init(LC_OP_SOFTMAX), relu = lc_op_init(LC_OP_ACTIVATION);
    relu.act = LC_ACT_RELU;
    relu.dtype = middle;
    int x = add_input(net, "in", (lc_shape){1, 1, 1, 2});
    x = add(net, "first", &softmax, &x, 1);
    x = add(net, "relu", &relu, &x, 1);
    add(net, "last", &softmax, &x, 1);
    return net;
}

static float first_output(const char *backend, const lc_net *net, lc_dtype dtype, float x0) {
    const lc_exec_config config = {.threads = 1, .weight_seed = 1, .dtype = dtype};
    const float x[2] = {x0, 0};
    float y[2] = {0};
    lc_error err = {0};
    lc_exec *exec = prepare(backend, net, &config);
    cr_assert_eq(lc_exec_set_input(exec, 0, x, 2, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_output(exec, y, 2, &err), LC_OK, "%s", err.message);
    lc_exec_free(exec);
    return y[0];
}

/* One operator of another dtype in a net: rounded there, and nowhere else. sigmoid(1) is 0.7311, in
 * steps of 1/32 23/32 (and 9/32), and the softmax of those sigmoid(14/32). */
static void check_conversions(const char *backend) {
    lc_net *plain_net = chain(LC_DTYPE_ANY), *mixed = chain(LC_DTYPE_INT8);
    float p = 0.73105858F, q = 1 - p;
    float all = first_output(backend, plain_net, LC_DTYPE_F32, 1);
    float some = first_output(backend, mixed, LC_DTYPE_F32, 1);
    cr_assert_float_eq(all, 1 / (1 + expf(q - p)), 1e-6F);
    cr_assert_float_eq(some, 1 / (1 + expf(-14.0F / 32)), 1e-6F);
    lc_net_free(plain_net);
    lc_net_free(mixed);
}

Test(dtype, conversions_stand_where_dtypes_meet) {
    check_conversions("native");
}

Test(dtype, conversions_of_onednn) {
    check_conversions("onednn");
}

/* An activation in f32 does not run inside a product in int8, whose output would be in steps. */
Test(dtype, onednn_ends_no_operator_by_one_of_another_dtype) {
    lc_net *net = lc_net_new("sum");
    lc_op sum = lc_op_init(LC_OP_ADD), sigmoid = lc_op_init(LC_OP_ACTIVATION);
    sum.dtype = LC_DTYPE_INT8;
    sigmoid.act = LC_ACT_SIGMOID;
    sigmoid.dtype = LC_DTYPE_F32;
    int x = add_input(net, "in", (lc_shape){1, 1, 1, 2});
    x = add(net, "sum", &sum, (const int[]){x, x}, 2);
    add(net, "sigmoid", &sigmoid, &x, 1);
    cr_assert_float_eq(first_output("onednn", net, LC_DTYPE_F32, 0.5F), 0.73105858F, 1e-5F);
    lc_net_free(net);
}

Test(dtype, conversions_of_xnnpack) {
    check_conversions("xnnpack");
}

/* The device's dtype holds where the net says nothing: the output comes in its steps. */
Test(dtype, of_the_device_is_that_of_the_net) {
    lc_net *net = chain(LC_DTYPE_ANY);
    float int8 = first_output("native", net, LC_DTYPE_INT8, 1);
    cr_assert_eq(int8, 19.0F / 32); /* 0.6077 * 32 = 19.4 */
    cr_assert_float_eq(first_output("native", net, LC_DTYPE_BF16, 1), 0.61F, 0.005F);
    lc_net_free(net);
}

static void check_f32_only(const char *name) {
    const lc_exec_config int8 = {.threads = 1, .dtype = LC_DTYPE_INT8};
    lc_error err = {0};
    lc_exec *exec = NULL;
    lc_net *net = chain(LC_DTYPE_INT8);
    const lc_backend *backend = lc_backend_find(name);
    if (backend == NULL || lc_backend_open(backend, &plain, NULL, &err) != LC_OK) {
        cr_skip_test("no backend %s here", name);
    }
    cr_assert_eq(lc_backend_open(backend, &int8, NULL, &err), LC_EUNSUPPORTED);
    expect_mention(&err, "int8");
    expect_mention(&err, "native");
    cr_assert_eq(lc_exec_new(backend, net, &plain, &exec, &err), LC_EUNSUPPORTED);
    expect_mention(&err, "node relu");
    expect_mention(&err, "int8");
    lc_net_free(net);
}

Test(dtype, openblas_says_that_it_has_f32_only) {
    check_f32_only("openblas");
}

/* --- caps on the instruction set -------------------------------------------------------------- */

static lc_status open_capped(const char *name, const char *isa, lc_backend_info *info,
                             lc_error *err) {
    const lc_exec_config config = {.threads = 1, .isa = isa};
    const lc_backend *backend = lc_backend_find(name);
    if (backend == NULL) {
        cr_skip_test("this build has no backend %s", name);
    }
    return lc_backend_open(backend, &config, info, err);
}

Test(isa, openblas_takes_no_cap) {
    lc_error err = {0};
    cr_assert_eq(open_capped("openblas", "avx2", NULL, &err), LC_EUNSUPPORTED);
    expect_mention(&err, "avx2");
}

Test(isa, native_reports_a_cap_that_it_takes) {
    lc_error err = {0};
    lc_backend_info info;
    cr_assert_eq(open_capped("native", "", &info, &err), LC_OK);
    cr_assert_eq(open_capped("native", info.isa, &info, &err), LC_OK, "%s", err.message);
    cr_assert_eq(open_capped("native", "baseline", &info, &err), LC_OK, "%s", err.message);
    cr_assert_str_eq(info.isa, "baseline");
    cr_assert_eq(open_capped("native", "avx9", &info, &err), LC_EUNSUPPORTED);
    expect_mention(&err, "avx9");
}

Test(isa, onednn_takes_one_cap_per_process) {
    lc_error err = {0};
    lc_backend_info info;
    if (open_capped("onednn", "sse41", &info, &err) != LC_OK) {
        cr_skip_test("%s", err.message);
    }
    cr_assert_str_eq(info.isa, "sse41");
    cr_assert_eq(open_capped("onednn", "sse41", &info, &err), LC_OK, "%s", err.message);
    cr_assert_eq(open_capped("onednn", "", &info, &err), LC_EUNSUPPORTED);
    expect_mention(&err, "sse41");
    expect_mention(&err, "another process");
}

Test(isa, onednn_has_no_bf16_below_avx512) {
    lc_error err = {0};
    const lc_exec_config config = {.threads = 1, .isa = "sse41", .dtype = LC_DTYPE_BF16};
    if (open_capped("onednn", "sse41", NULL, &err) != LC_OK) {
        cr_skip_test("%s", err.message);
    }
    cr_assert_eq(lc_backend_open(lc_backend_find("onednn"), &config, NULL, &err), LC_EUNSUPPORTED);
    expect_mention(&err, "bf16");
    expect_mention(&err, "sse41");
}

/* Nor for one node of a net in f32. */
Test(isa, onednn_names_the_node_in_bf16_below_avx512) {
    lc_error err = {0};
    lc_exec *exec = NULL;
    const lc_exec_config config = {.threads = 1, .isa = "sse41"};
    lc_net *net = chain(LC_DTYPE_BF16);
    if (open_capped("onednn", "sse41", NULL, &err) != LC_OK) {
        lc_net_free(net);
        cr_skip_test("%s", err.message);
    }
    cr_assert_eq(lc_exec_new(lc_backend_find("onednn"), net, &config, &exec, &err),
                 LC_EUNSUPPORTED);
    expect_mention(&err, "node relu (activation): oneDNN computes in bf16 with avx512");
    expect_mention(&err, "sse41");
    expect_mention(&err, "use backend native, or another dtype");
    lc_net_free(net);
}

Test(isa, onednn_lists_the_caps_it_knows) {
    lc_error err = {0};
    cr_assert_eq(open_capped("onednn", "avx9", NULL, &err), LC_EUNSUPPORTED);
    expect_mention(&err, "avx9");
#if defined(__x86_64__)
    expect_mention(&err, "avx512");
#endif
}

/* A cap above what the CPU has is refused, and leaves the process free to ask for less. */
Test(isa, onednn_refuses_what_the_cpu_lacks) {
    lc_error err = {0};
    lc_backend_info info;
    lc_status status = open_capped("onednn", "amx", &info, &err);
    if (status == LC_OK) {
        cr_skip_test("this CPU has amx, the highest cap there is: nothing to refuse");
    }
    cr_assert_eq(status, LC_EUNSUPPORTED);
    expect_mention(&err, "amx");
    if (open_capped("onednn", "sse41", &info, &err) != LC_OK) {
        cr_skip_test("%s", err.message);
    }
    cr_assert_str_eq(info.isa, "sse41");
}

/* --- a library that cannot be opened ---------------------------------------------------------- */

/* No file descriptor is left for it, which looks to dlopen() as its absence does. */
static void check_absent(const char *name, const char *package) {
    lc_error err = {0};
    const lc_backend *backend = lc_backend_find(name);
    if (backend == NULL) {
        cr_skip_test("this build has no backend %s", name);
    }
    struct rlimit old, none;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = old.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    lc_status status = lc_backend_open(backend, &plain, NULL, &err);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    cr_assert_eq(status, LC_EUNSUPPORTED);
    expect_mention(&err, package);
}

Test(absent, openblas) {
    check_absent("openblas", "libopenblas");
}

Test(absent, onednn) {
    check_absent("onednn", "libdnnl");
}

Test(absent, xnnpack) {
    check_absent("xnnpack", "libxnnpack0");
}
