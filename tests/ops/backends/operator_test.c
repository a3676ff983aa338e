/* Every backend, operator by operator, against the double-precision reference on random shapes and
 * attributes (fixed seeds); native in every dtype and under every cap on the instruction set. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends/weights.h"
#include "latcast/backend.h"
#include "random_op.h"
#include "reference.h"
#include "stored.h"

#ifdef LATCAST_EMULATED
#define CASES 10
#else
#define CASES 30
#endif
#define SLOW_CASES 10 /* where a card's threads take turns on the CPU */
#define WEIGHT_SEED 7

static const lc_exec_config plain = {.threads = 1, .weight_seed = WEIGHT_SEED};

/* Rounding errors of a sum grow with the square root of its terms as long as they are independent;
 * 4 of those, and a few roundings more, leave room for the slope of an activation (at most 1.5) and
 * for a sum in blocks. The approximations of exp and erf that runtimes use add 2e-6 at most. */
static double f32_tolerance(double bound, double terms) {
    const double unit = 0x1p-24;
    return terms <= 0 ? 0 : unit * (16 + 4 * sqrt(terms)) * bound + 2e-6;
}

/* A stored value is the nearest there is to the exact one, or, where that is as good as half way
 * between two, either. In bf16 each weight may have been rounded too. */
static double tolerance(const lc_op *op, double expected, double bound, double terms) {
    double f32 = f32_tolerance(bound, terms);
    if (op->dtype == LC_DTYPE_BF16) {
        return f32 + 0x1p-8 * (bound + fabs(expected) + f32);
    }
    return f32 + stored_step(op) / 2 * (1 + 1e-9);
}

static bool is_native(const lc_backend *backend) {
    return strcmp(lc_backend_name(backend), "native") == 0;
}

/* Runtimes round biases to integers, a hundredth of a step at most, and keep what is inside
 * attention in bf16, too. XNNPACK also rounds to int8 before an activation that is a node of its
 * own (of slope 1.5 at most, and 1 beyond int8's range), and between the factors of a product;
 * oneDNN the means of a squeeze-excite. */
static double loose(const lc_backend *backend, const lc_op *op, double bound) {
    if (is_native(backend)) {
        return 0;
    }
    double steps = op->type == LC_OP_SQUEEZE_EXCITE ? 0.5 : 0.02;
    if (strcmp(lc_backend_name(backend), "xnnpack") == 0) {
        bool clamps = op->act == LC_ACT_NONE || op->act == LC_ACT_RELU || op->act == LC_ACT_RELU6;
        steps += (clamps ? 0 : 0.8) + (op->type == LC_OP_MUL ? 1 : 0);
    }
    bool inside = op->dtype == LC_DTYPE_BF16 && op->type == LC_OP_ATTENTION;
    return steps * stored_step(op) + (inside ? 0x1p-6 * bound : 0);
}

/* Runtimes use the least int8, too, which has no opposite. */
static float as_stored(const lc_backend *backend, const lc_op *op, float y) {
    return is_native(backend) || op->dtype != LC_DTYPE_INT8 ? y : (float)clamp_to_range(op, y);
}

/* Compares with the reference; the net's last node is the operator, the others its inputs in
 * order. */
static void compare(const lc_backend *backend, const lc_net *net, const float *y, int number) {
    const lc_node *node = lc_net_node(net, lc_net_output(net));
    lc_shape shapes[4];
    float *in[4] = {NULL};
    size_t count = (size_t)lc_shape_count(node->shape);
    for (int i = 0; i < node->n_inputs; i++) {
        shapes[i] = lc_net_node(net, i)->shape;
        in[i] = malloc((size_t)lc_shape_count(shapes[i]) * sizeof(float));
        lc__inputs values = lc__inputs_new(net, i, WEIGHT_SEED);
        lc__inputs_next(&values, (size_t)lc_shape_count(shapes[i]), in[i]);
        if (node->op.type != LC_OP_EMBEDDING) { /* numbers of rows stay exact */
            store_values(node->op.dtype, 0, in[i], (size_t)lc_shape_count(shapes[i]));
        }
    }
    size_t n_weights = (size_t)lc_op_weight_count(&node->op, shapes[0]);
    float *weights = malloc((n_weights + 1) * sizeof *weights);
    double *expected = malloc(count * sizeof *expected), *bound = malloc(count * sizeof *bound);
    double terms = 0;
    lc__weights_draw(net, lc_net_output(net), WEIGHT_SEED, weights);
    store_weights(&node->op, shapes[0], weights);
    reference_run(&node->op, shapes, (const float *const *)in, node->n_inputs, weights, node->shape,
                  expected, bound, &terms);
    for (size_t i = 0; i < count; i++) {
        double want = clamp_to_range(&node->op, expected[i]);
        double slack =
            tolerance(&node->op, want, bound[i], terms) + loose(backend, &node->op, bound[i]);
        float given = as_stored(backend, &node->op, y[i]);
        cr_assert(fabs(given - want) <= slack,
                  "case %d, value %zu of %zu: %.9g, reference %.9g, tolerance %.3g\n%s", number, i,
                  count, (double)y[i], want, slack, lc_net_to_json(net, true));
        cr_assert(is_stored_value(&node->op, given), "case %d, value %zu: %.9g\n%s", number, i,
                  (double)y[i], lc_net_to_json(net, true));
    }
    for (int i = 0; i < node->n_inputs; i++) {
        free(in[i]);
    }
    free(weights);
    free(expected);
    free(bound);
}

static void check_one(const lc_backend *backend, const lc_exec_config *config, const lc_net *net,
                      int number) {
    lc_error err = {0};
    lc_exec *exec = NULL;
    size_t count = (size_t)lc_shape_count(lc_net_node(net, lc_net_output(net))->shape);
    float *y = malloc(count * sizeof *y);
    cr_assert_eq(lc_exec_new(backend, net, config, &exec, &err), LC_OK, "%s\n%s", err.message,
                 lc_net_to_json(net, true));
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_output(exec, y, count, &err), LC_OK, "%s", err.message);
    compare(backend, net, y, number);
    lc_exec_free(exec);
    free(y);
}

/* What a backend has no operator for must be refused by name, with the way out if there is one. */
static void check_refusal(const lc_backend *backend, const lc_net *net) {
    lc_error err = {0};
    lc_exec *exec = NULL;
    lc_op_type type = lc_net_node(net, lc_net_output(net))->op.type;
    cr_assert_eq(lc_exec_new(backend, net, &plain, &exec, &err), LC_EUNSUPPORTED);
    cr_assert_not_null(strstr(err.message, lc_op_type_name(type)), "%s", err.message);
    cr_assert_not_null(strstr(err.message, "node op"), "%s", err.message);
    cr_assert_not_null(strstr(err.message, "backend native"), "%s", err.message);
}

/* Operators of XNNPACK's snapshot of 2022, whatever their shapes. */
static bool xnnpack_lacks(const lc_op *op) {
    switch (op->type) {
    case LC_OP_MATMUL:
    case LC_OP_ATTENTION:
    case LC_OP_LAYER_NORM:
        return true;
    case LC_OP_MAX_POOL:
    case LC_OP_AVG_POOL:
        return op->kernel_h * op->kernel_w == 1;
    default:
        return op->act == LC_ACT_GELU;
    }
}

/* Fewer bits than the dtype has. */
static bool is_narrow(const lc_op *op) {
    int32_t all = 8 * (int32_t)lc_dtype_size(op->dtype);
    return (op->weight_bits != 0 && op->weight_bits != all) ||
           (op->act_bits != 0 && op->act_bits != all);
}

static bool lacks(const char *backend, const lc_op *op) {
    bool free_of_products = op->type == LC_OP_SHIFT_CONV2D || op->type == LC_OP_ADDER_CONV2D ||
                            op->type == LC_OP_SPATIAL_SHIFT;
    bool of_tokens = op->type >= LC_OP_EMBEDDING;
    bool runtime = strcmp(backend, "onednn") == 0 || strcmp(backend, "xnnpack") == 0;
    return (runtime && (free_of_products || of_tokens || is_narrow(op))) ||
           (of_tokens && strcmp(backend, "cuda") == 0) ||
           (strcmp(backend, "xnnpack") == 0 && xnnpack_lacks(op));
}

/* Without VNNI oneDNN halves int8 weights, lest sums of products in int16 saturate. */
static bool halves_weights(const char *backend, const lc_backend_info *info) {
    return strcmp(backend, "onednn") == 0 && strstr(info->isa, "vnni") == NULL &&
           strstr(info->isa, "bf16") == NULL && strstr(info->isa, "amx") == NULL;
}

static void check_operator(const char *name, lc_op_type type, lc_dtype dtype) {
    lc_error err = {0};
    lc_backend_info info;
    const lc_exec_config config = {.threads = 1, .weight_seed = WEIGHT_SEED, .dtype = dtype};
    const lc_backend *backend = lc_backend_find(name);
    if (backend == NULL) {
        cr_skip_test("this build has no backend %s", name);
    }
    if (lc_backend_open(backend, &config, &info, &err) != LC_OK) {
        cr_skip_test("%s", err.message);
    }
    if (dtype == LC_DTYPE_INT8 && halves_weights(name, &info)) {
        cr_skip_test("no VNNI: oneDNN's int8 is not as exact as this test");
    }
    uint64_t seed = 1000 + (uint64_t)type;
    int cases = strcmp(name, "cuda") == 0 ? SLOW_CASES : CASES;
    for (int i = 0; i < cases; i++) {
        lc_net *net = random_op_net(type, dtype, &seed);
        cr_assert_not_null(net, "case %d makes no operator", i);
        if (lacks(name, &lc_net_node(net, lc_net_output(net))->op)) {
            check_refusal(backend, net);
        } else {
            check_one(backend, &plain, net, i);
        }
        lc_net_free(net);
    }
}

/* Native's kernels of one operator in one dtype, as far as this CPU goes: under every cap, that is,
 * those of every instruction set. */
static void check_dtype(lc_op_type type, lc_dtype dtype) {
    static const char *const caps[] = {"baseline",    "avx2",        "avx2_vnni", "avx512",
                                       "avx512_vnni", "avx512_bf16", "neon",      "dotprod"};
    const lc_backend *native = lc_backend_find("native");
    for (size_t k = 0; k < sizeof caps / sizeof caps[0]; k++) {
        const lc_exec_config config = {.threads = 1, .weight_seed = WEIGHT_SEED, .isa = caps[k]};
        uint64_t seed = 1000 + (uint64_t)type;
        if (lc_backend_open(native, &config, NULL, NULL) != LC_OK) {
            continue;
        }
        for (int i = 0; i < CASES; i++) {
            lc_net *net = random_op_net(type, dtype, &seed);
            cr_assert_not_null(net, "case %d makes no operator", i);
            check_one(native, &config, net, i);
            lc_net_free(net);
        }
    }
}

/* Every operator but `input`; a composite is made of others. */
#define NO_KERNEL(type, high) ((high) == 0 || LC_OP_##type >= LC_OP_FIRST_COMPOSITE)
#define OPERATOR_TESTS(type, json, low, high)                                                      \
    Test(native, type, .disabled = NO_KERNEL(type, high)) {                                        \
        check_operator("native", LC_OP_##type, LC_DTYPE_ANY);                                      \
    }                                                                                              \
    Test(native_f32, type, .disabled = NO_KERNEL(type, high)) {                                    \
        check_dtype(LC_OP_##type, LC_DTYPE_F32);                                                   \
    }                                                                                              \
    Test(native_bf16, type, .disabled = NO_KERNEL(type, high)) {                                   \
        check_dtype(LC_OP_##type, LC_DTYPE_BF16);                                                  \
    }                                                                                              \
    Test(native_int16, type, .disabled = NO_KERNEL(type, high)) {                                  \
        check_dtype(LC_OP_##type, LC_DTYPE_INT16);                                                 \
    }                                                                                              \
    Test(native_int8, type, .disabled = NO_KERNEL(type, high)) {                                   \
        check_dtype(LC_OP_##type, LC_DTYPE_INT8);                                                  \
    }                                                                                              \
    Test(openblas, type, .disabled = NO_KERNEL(type, high)) {                                      \
        check_operator("openblas", LC_OP_##type, LC_DTYPE_ANY);                                    \
    }                                                                                              \
    Test(onednn, type, .disabled = NO_KERNEL(type, high)) {                                        \
        check_operator("onednn", LC_OP_##type, LC_DTYPE_ANY);                                      \
    }                                                                                              \
    Test(onednn_bf16, type, .disabled = NO_KERNEL(type, high)) {                                   \
        check_operator("onednn", LC_OP_##type, LC_DTYPE_BF16);                                     \
    }                                                                                              \
    Test(onednn_int8, type, .disabled = NO_KERNEL(type, high)) {                                   \
        check_operator("onednn", LC_OP_##type, LC_DTYPE_INT8);                                     \
    }                                                                                              \
    Test(xnnpack_int8, type, .disabled = NO_KERNEL(type, high)) {                                  \
        check_operator("xnnpack", LC_OP_##type, LC_DTYPE_INT8);                                    \
    }                                                                                              \
    Test(xnnpack, type, .disabled = NO_KERNEL(type, high)) {                                       \
        check_operator("xnnpack", LC_OP_##type, LC_DTYPE_ANY);                                     \
    }                                                                                              \
    Test(cuda, type, .disabled = NO_KERNEL(type, high)) {                                          \
        check_operator("cuda", LC_OP_##type, LC_DTYPE_ANY);                                        \
    }
LC_OP_MAP(OPERATOR_TESTS)
