/* What a backend counts before it takes memory, beside what the kernel saw it take: too little
 * counted ends in the kernel's killer, far too much leaves out what would fit. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/ledger.h"
#include "latcast/backend.h"
#include "latcast/space.h"

#define OWN 2e6    /* bytes of the process and of descriptions, which lc__ledger_open() spares */
#define LARGE 50e6 /* bytes from which on what is counted ... */
#define MOST_TIMES 1.5 /* ... is at most so many times what is taken */

/* --- what the kernel saw ---------------------------------------------------------------------- */

static double status_bytes(const char *key) {
    char line[256];
    double value = NAN;
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            value = 1024 * strtod(line + strlen(key), NULL);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
    return value;
}

/* From now on the kernel's high-water mark is that of what comes. */
static bool forget_peak(void) {
    FILE *f = fopen("/proc/self/clear_refs", "w");
    bool written = f != NULL && fputs("5", f) >= 0;
    return f != NULL && fclose(f) == 0 && written &&
           status_bytes("VmHWM:") <= status_bytes("VmRSS:") * 1.02;
}

typedef struct found {
    lc_status status;
    double counted, taken;
} found;

static found measure(const lc_backend *backend, const lc_net *net, lc_dtype dtype, int threads) {
    const lc_exec_config config = {.threads = threads, .dtype = dtype, .weight_seed = 1};
    lc_exec *exec = NULL;
    lc_error err = {0};
    double before = status_bytes("VmRSS:");
    found f = {.status = lc_exec_new(backend, net, &config, &exec, &err)};
    if (f.status == LC_OK) {
        f.status = lc_exec_run(exec, &err);
        f.counted = lc__exec_bytes(exec);
        f.taken = status_bytes("VmHWM:") - before;
    } else {
        fprintf(stderr, "%s\n", err.message);
    }
    return f;
}

/* In a process of its own: memory that another net has left would be used again. */
static found measure_apart(const lc_backend *backend, const lc_net *net, lc_dtype dtype,
                           int threads) {
    int ends[2];
    found f = {.status = LC_ERUNTIME};
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        if (forget_peak()) {
            f = measure(backend, net, dtype, threads);
        }
        _exit(write(ends[1], &f, sizeof f) != sizeof f);
    }
    close(ends[1]);
    cr_assert_eq(read(ends[0], &f, sizeof f), sizeof f);
    close(ends[0]);
    waitpid(child, NULL, 0);
    return f;
}

/* --- nets ------------------------------------------------------------------------------------- */

static int add(lc_net *net, const lc_op *op, const int *inputs, int n) {
    lc_error err = {0};
    int index = 0;
    cr_assert_eq(lc_net_add(net, NULL, op, inputs, n, &index, &err), LC_OK, "%s", err.message);
    return index;
}

static lc_net *single(lc_op op, lc_shape in, int inputs) {
    lc_net *net = lc_net_new(lc_op_type_name(op.type));
    lc_op input = lc_op_init(LC_OP_INPUT);
    int from[4];
    input.shape = in;
    for (int i = 0; i < inputs; i++) {
        from[i] = add(net, &input, NULL, 0);
    }
    add(net, &op, from, inputs);
    return net;
}

static lc_net *windows(lc_op_type type, int kernel, int stride, int groups, lc_shape in, int out) {
    lc_op op = lc_op_init(type);
    op.kernel_h = op.kernel_w = kernel;
    op.stride_h = op.stride_w = stride;
    op.pad_h = op.pad_w = kernel / 2;
    if (type == LC_OP_CONV2D) {
        op.groups = groups;
        op.out_channels = out;
    }
    return single(op, in, 1);
}

static lc_net *linear(lc_shape in, int out) {
    lc_op op = lc_op_init(LC_OP_LINEAR);
    op.out_channels = out;
    return single(op, in, 1);
}

static lc_net *attention(lc_shape in, int heads) {
    lc_op op = lc_op_init(LC_OP_ATTENTION);
    op.heads = heads;
    return single(op, in, 1);
}

static lc_net *combined(lc_op_type type, lc_shape in, int inputs) {
    return single(lc_op_init(type), in, inputs);
}

static lc_net *activation(lc_act act, lc_shape in) {
    lc_op op = lc_op_init(LC_OP_ACTIVATION);
    op.act = act;
    return single(op, in, 1);
}

static lc_net *whole(const char *space, int batch) {
    lc_error err = {0};
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net = NULL, *batched = NULL;
    const lc_space *s = lc_space_find(space);
    cr_assert_not_null(s);
    uint64_t seed = 3;
    lc_space_random(s, &seed, choices);
    cr_assert_eq(lc_space_net(s, choices, s->n_positions, &net, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_net_with_batch(net, batch, &batched, &err), LC_OK, "%s", err.message);
    lc_net_free(net);
    return batched;
}

#define MAKERS                                                                                     \
    X("3x3", windows(LC_OP_CONV2D, 3, 1, 1, ((lc_shape){1, 640, 640, 32}), 32))                    \
    X("3x3 of 3 channels", windows(LC_OP_CONV2D, 3, 2, 1, ((lc_shape){1, 2000, 2000, 3}), 16))     \
    X("grouped", windows(LC_OP_CONV2D, 3, 1, 4, ((lc_shape){1, 640, 640, 32}), 32))                \
    X("pointwise", windows(LC_OP_CONV2D, 1, 1, 1, ((lc_shape){1, 800, 800, 32}), 32))              \
    X("depthwise", windows(LC_OP_CONV2D, 5, 1, 32, ((lc_shape){1, 640, 640, 32}), 32))             \
    X("many weights", linear((lc_shape){1, 1, 1, 5000}, 4096))                                     \
    X("few rows", linear((lc_shape){1, 1, 20000, 256}, 1000))                                      \
    X("attention", attention((lc_shape){1, 1, 1024, 768}, 12))                                     \
    X("max pool", windows(LC_OP_MAX_POOL, 3, 2, 1, ((lc_shape){1, 1000, 1000, 24}), 0))            \
    X("avg pool", windows(LC_OP_AVG_POOL, 3, 1, 1, ((lc_shape){1, 800, 800, 24}), 0))              \
    X("3x3 of a batch", windows(LC_OP_CONV2D, 3, 1, 1, ((lc_shape){64, 64, 64, 32}), 32))          \
    X("depthwise of a batch", windows(LC_OP_CONV2D, 3, 1, 32, ((lc_shape){64, 64, 64, 32}), 32))   \
    X("avg pool of a batch", windows(LC_OP_AVG_POOL, 3, 1, 1, ((lc_shape){64, 64, 64, 32}), 0))    \
    X("max pool of a batch", windows(LC_OP_MAX_POOL, 3, 2, 1, ((lc_shape){64, 64, 64, 32}), 0))    \
    X("add", combined(LC_OP_ADD, (lc_shape){1, 600, 600, 32}, 3))                                  \
    X("concat", combined(LC_OP_CONCAT, (lc_shape){1, 600, 600, 32}, 2))                            \
    X("hswish", activation(LC_ACT_HSWISH, (lc_shape){1, 800, 800, 32}))                            \
    X("softmax", combined(LC_OP_SOFTMAX, (lc_shape){1, 1, 8000, 1000}, 1))                         \
    X("mean", combined(LC_OP_GLOBAL_AVG_POOL, (lc_shape){1, 800, 800, 32}, 1))                     \
    X("fbnet", whole("fbnet", 8))                                                                  \
    X("nasbench201", whole("nasbench201", 64))

static lc_net *make(int which) {
    int n = 0;
#define X(name, net)                                                                               \
    if (n++ == which) {                                                                            \
        return net;                                                                                \
    }
    MAKERS
#undef X
    return NULL;
}

static const char *const names[] = {
#define X(name, net) name,
    MAKERS
#undef X
};

#define THE_3X3 0
#define THE_LINEAR 6

/* --- what is checked -------------------------------------------------------------------------- */

static void check_one(const lc_backend *backend, int which, lc_dtype dtype, int threads) {
    lc_net *net = make(which);
    found f = measure_apart(backend, net, dtype, threads);
    lc_net_free(net);
    if (f.status == LC_EUNSUPPORTED) {
        return;
    }
    cr_assert_eq(f.status, LC_OK, "%s", names[which]);
    fprintf(stderr, "%-10s %-5s %d %-20s counted %7.1f MB, taken %7.1f MB\n",
            lc_backend_name(backend), lc_dtype_name(dtype), threads, names[which], f.counted / 1e6,
            f.taken / 1e6);
    cr_expect_leq(f.taken, f.counted + OWN, "%s", names[which]);
    cr_expect(f.taken < LARGE || f.counted <= MOST_TIMES * f.taken, "%s", names[which]);
}

static void check_backend(const char *name) {
    lc_error err = {0};
    const lc_backend *backend = lc_backend_find(name);
    const lc_exec_config config = {.threads = 1};
#if defined __SANITIZE_ADDRESS__
    cr_skip_test("the sanitizer takes memory of its own");
#endif
    if (backend == NULL || lc_backend_open(backend, &config, NULL, &err) != LC_OK) {
        cr_skip_test("%s", backend == NULL ? "not in this build" : err.message);
    }
    for (int d = LC_DTYPE_ANY + 1; d < LC_DTYPE_COUNT; d++) {
        const lc_exec_config typed = {.threads = 1, .dtype = (lc_dtype)d};
        for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++) {
            if (lc_backend_open(backend, &typed, NULL, NULL) == LC_OK) {
                check_one(backend, i, (lc_dtype)d, 1);
            }
        }
    }
    check_one(backend, THE_3X3, LC_DTYPE_F32, 2);
    check_one(backend, THE_LINEAR, LC_DTYPE_F32, 2);
}

Test(memory_counted, native, .timeout = 300) {
    check_backend("native");
}

Test(memory_counted, openblas, .timeout = 300) {
    check_backend("openblas");
}

Test(memory_counted, onednn, .timeout = 300) {
    check_backend("onednn");
}

Test(memory_counted, xnnpack, .timeout = 300) {
    check_backend("xnnpack");
}
