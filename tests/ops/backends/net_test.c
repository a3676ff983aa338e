/* Whole nets: all backends compute the same, on one thread and on two, and runs allocate
 * nothing. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "latcast/backend.h"
#include "latcast/space.h"

/* --- allocations of the project's own code, counted (the linker's --wrap) --------------------- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

static int allocations;

void *__wrap_malloc(size_t size) {
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
    allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size) {
    allocations++;
    return __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size) {
    allocations++;
    return __real_aligned_alloc(align, size);
}

/* --- running ---------------------------------------------------------------------------------- */

/* Skips the test, with the reason, where the backend cannot be had. */
static const lc_backend *need(const char *name, lc_dtype dtype) {
    lc_error err = {0};
    const lc_exec_config config = {.threads = 1, .dtype = dtype};
    const lc_backend *backend = lc_backend_find(name);
    if (backend == NULL) {
        cr_skip_test("this build has no backend %s", name);
    }
    if (lc_backend_open(backend, &config, NULL, &err) != LC_OK) {
        cr_skip_test("%s", err.message);
    }
    return backend;
}

static size_t output_count(const lc_net *net) {
    return (size_t)lc_shape_count(lc_net_node(net, lc_net_output(net))->shape);
}

/* The output of one run: free(). Also checks that a second run gives the same and that neither
 * allocates. */
static float *run(const lc_backend *backend, const lc_net *net, int threads, lc_dtype dtype) {
    lc_error err = {0};
    const lc_exec_config config = {.threads = threads, .weight_seed = 3, .dtype = dtype};
    size_t count = output_count(net);
    float *y = malloc(count * sizeof *y), *again = malloc(count * sizeof *again);
    lc_exec *exec = NULL;
    cr_assert_eq(lc_exec_new(backend, net, &config, &exec, &err), LC_OK, "%s", err.message);
    int before = allocations;
    cr_assert_gt(before, 0, "allocations are not being counted");
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(allocations, before, "%s: a run made %d allocations", lc_backend_name(backend),
                 allocations - before);
    cr_assert_eq(lc_exec_output(exec, y, count, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_output(exec, again, count, &err), LC_OK, "%s", err.message);
    cr_assert_eq(memcmp(y, again, count * sizeof *y), 0,
                 "%s: a second run differs (buffers reused "
                 "while in use?)",
                 lc_backend_name(backend));
    lc_exec_free(exec);
    free(again);
    return y;
}

static double rms(const float *y, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)y[i] * y[i];
    }
    return sqrt(sum / (double)count);
}

/* Rounding errors grow from layer to layer, here to some 1e-6 of the output's size; a wrong
 * operator anywhere gives errors of order 1. */
static void expect_close(const float *a, const float *b, size_t count, const char *what) {
    double size = rms(a, count);
    for (size_t i = 0; i < count; i++) {
        cr_assert(fabs((double)a[i] - b[i]) <= 1e-3 * size + 1e-6, "%s: value %zu: %g and %g", what,
                  i, (double)a[i], (double)b[i]);
    }
}

/* Where operators are joined, what is between them is not rounded, nor cut off at the ends of int8:
 * together these make a few hundredths of the output's size, a fifth where sums often saturate. */
static void expect_near(const float *a, const float *b, size_t count, const char *what) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    }
    double off = sqrt(sum / (double)count);
    cr_assert(off <= 0.3 * rms(a, count) + 1e-6, "%s: off by %g, of %g", what, off, rms(a, count));
}

static void agree(const char *name, lc_net *net, lc_dtype dtype) {
    const lc_backend *backend = need(name, dtype);
    float *expected = run(lc_backend_find("native"), net, 1, dtype);
    float *y = run(backend, net, 1, dtype);
    if (dtype == LC_DTYPE_F32) {
        expect_close(expected, y, output_count(net), lc_net_name(net));
    } else {
        expect_near(expected, y, output_count(net), lc_net_name(net));
    }
    free(expected);
    free(y);
    lc_net_free(net);
}

static lc_net *zoo(const char *name) {
    lc_error err = {0};
    lc_net *net = NULL;
    cr_assert_eq(lc_zoo_net(name, &net, &err), LC_OK, "%s", err.message);
    return net;
}

static lc_net *random_net(const char *space_name, uint64_t *seed) {
    lc_error err = {0};
    const lc_space *space = lc_space_find(space_name);
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net = NULL;
    lc_space_random(space, seed, choices);
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, &err), LC_OK, "%s",
                 err.message);
    return net;
}

static void agree_on_space(const char *backend, const char *space, lc_dtype dtype) {
    uint64_t seed = 5;
    for (int i = 0; i < 4; i++) {
        agree(backend, random_net(space, &seed), dtype);
    }
}

#define AGREE_TESTS(suite, backend, dtype)                                                         \
    Test(suite, mobilenet_v2) {                                                                    \
        agree(backend, zoo("mobilenet_v2"), LC_DTYPE_##dtype);                                     \
    }                                                                                              \
    Test(suite, resnet18) {                                                                        \
        agree(backend, zoo("resnet18"), LC_DTYPE_##dtype);                                         \
    }                                                                                              \
    Test(suite, fbnet) {                                                                           \
        agree_on_space(backend, "fbnet", LC_DTYPE_##dtype);                                        \
    }                                                                                              \
    Test(suite, nasbench201) {                                                                     \
        agree_on_space(backend, "nasbench201", LC_DTYPE_##dtype);                                  \
    }                                                                                              \
    Test(suite, graphs) {                                                                          \
        agree_on_graphs(backend, LC_DTYPE_##dtype);                                                \
    }

/* --- what runtimes join, share or overwrite --------------------------------------------------- */

static int add_node(lc_net *net, const lc_op *op, const int *inputs, int n) {
    lc_error err = {0};
    int index = -1;
    cr_assert_eq(lc_net_add(net, NULL, op, inputs, n, &index, &err), LC_OK, "%s", err.message);
    return index;
}

/* An operator that keeps the shape, on node `last` and, if it takes two, one of the few before. */
static void add_random(lc_net *net, int last, uint64_t *seed) {
    static const lc_op_type types[] = {LC_OP_CONV2D,
                                       LC_OP_CONV2D,
                                       LC_OP_CONV2D,
                                       LC_OP_LINEAR,
                                       LC_OP_ADD,
                                       LC_OP_ADD,
                                       LC_OP_ADD,
                                       LC_OP_ADD,
                                       LC_OP_MUL,
                                       LC_OP_ACTIVATION,
                                       LC_OP_CHANNEL_SHUFFLE};
    lc_op op = lc_op_init(types[lc__rng_below(seed, sizeof types / sizeof types[0])]);
    op.out_channels = op.type == LC_OP_CONV2D || op.type == LC_OP_LINEAR ? 16 : 0;
    op.groups = op.type == LC_OP_CHANNEL_SHUFFLE ? 4 : 1;
    if (op.type == LC_OP_CONV2D && lc__rng_below(seed, 2)) {
        op.kernel_h = op.kernel_w = 3;
        op.pad_h = op.pad_w = 1;
    }
    bool acts = op.type == LC_OP_ACTIVATION ||
                (op.type != LC_OP_CHANNEL_SHUFFLE && lc__rng_below(seed, 4) == 0);
    op.act = acts ? LC_ACT_RELU : LC_ACT_NONE;
    uint64_t near = last < 4 ? (uint64_t)last + 1 : 4;
    int inputs[] = {last, last - (int)lc__rng_below(seed, near)};
    add_node(net, &op, inputs, op.type == LC_OP_ADD || op.type == LC_OP_MUL ? 2 : 1);
}

/* Graphs of any shape: residual adds of all kinds, results read twice, late, or by their own reader
 * again. */
static lc_net *random_graph(uint64_t *seed) {
    lc_net *net = lc_net_new("random graph");
    lc_op input = lc_op_init(LC_OP_INPUT);
    input.shape = (lc_shape){1, 5, 6, 16};
    add_node(net, &input, NULL, 0);
    int nodes = 2 + (int)lc__rng_below(seed, 14);
    for (int i = 0; i < nodes; i++) {
        add_random(net, i, seed);
    }
    return net;
}

static void agree_on_graphs(const char *backend, lc_dtype dtype) {
    uint64_t seed = 12;
    for (int i = 0; i < 100; i++) {
        agree(backend, random_graph(&seed), dtype);
    }
}

AGREE_TESTS(openblas, "openblas", F32)
AGREE_TESTS(onednn, "onednn", F32)
AGREE_TESTS(onednn_bf16, "onednn", BF16)
AGREE_TESTS(onednn_int8, "onednn", INT8)
AGREE_TESTS(xnnpack, "xnnpack", F32)
AGREE_TESTS(xnnpack_int8, "xnnpack", INT8)

Test(openblas, vit_tiny) {
    agree("openblas", zoo("vit_tiny"), LC_DTYPE_F32);
}

Test(onednn, vit_tiny) {
    agree("onednn", zoo("vit_tiny"), LC_DTYPE_F32);
}

Test(onednn_int8, vit_tiny) {
    agree("onednn", zoo("vit_tiny"), LC_DTYPE_INT8);
}

/* The leak checker asks this at exit. GCC 12's crashes on the worker threads that libgomp, opened
 * at run time by oneDNN, leaves behind; the one test that has such threads goes unchecked for
 * leaks. */
int __lsan_is_turned_off(void);
static bool has_openmp_threads;

int __lsan_is_turned_off(void) {
    return has_openmp_threads;
}

static void same_on_two_threads(const char *name) {
    const lc_backend *backend = need(name, LC_DTYPE_F32);
    lc_net *net = zoo("mobilenet_v2");
    float *one = run(backend, net, 1, LC_DTYPE_F32), *two = run(backend, net, 2, LC_DTYPE_F32);
    expect_close(one, two, output_count(net), name);
    if (strcmp(name, "native") == 0) { /* which splits no sum */
        cr_assert_eq(memcmp(one, two, output_count(net) * sizeof *one), 0);
    }
    free(one);
    free(two);
    lc_net_free(net);
}

Test(threads, native) {
    same_on_two_threads("native");
}

Test(threads, openblas) {
    same_on_two_threads("openblas");
}

Test(threads, xnnpack) {
    same_on_two_threads("xnnpack");
}

Test(threads, onednn) {
    has_openmp_threads = true;
    same_on_two_threads("onednn");
}

/* Weights are scaled so that deep nets neither vanish nor explode, which would make denormals or
 * infinities, and those take other times. */
Test(weights, activations_stay_of_order_one) {
    for (const char *const *name = lc_zoo_names(); *name != NULL; name++) {
        lc_net *net = zoo(*name);
        float *y = run(lc_backend_find("native"), net, 1, LC_DTYPE_F32);
        double size = rms(y, output_count(net));
        cr_assert(size > 0.05 && size < 50, "%s: output of size %g", *name, size);
        free(y);
        lc_net_free(net);
    }
}
