/* The portable executor with OpenBLAS under its matrix products. */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "executor.h"
#include "impl.h"
#include "openblas_kernels.h"
#include "openblas_lib.h"

/* OpenBLAS' own threads want the cores between our loops. */
#define SPINS 0

typedef struct openblas_state {
    int threads;
    lc__executor *executor;
} openblas_state;

static lc_status open_openblas(const lc_exec_config *config, lc_backend_info *info, lc_error *err) {
    if (config->isa != NULL && config->isa[0] != '\0') {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend openblas takes no cap on the instruction set (\"%s\"): leave "
                            "it out, or set OPENBLAS_CORETYPE in the environment",
                            config->isa);
    }
    return lc__openblas_open(info, err);
}

/* On several threads OpenBLAS has each keep its share of the larger matrix in blocks of so many
 * values of depth, within a buffer of its own; as measured with 0.3.21. */
#define BLOCK_DEPTH 384
#define THREAD_BUFFER ((double)(128 << 20))

/* It takes a buffer with its first product, and where there is no address space for one (ulimit -v)
 * tries for ever. */
static lc_status check_room(lc_error *err) {
    static atomic_bool there;
    size_t bytes = (size_t)THREAD_BUFFER;
    void *room =
        there ? NULL
              : mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return lc_error_set(err, LC_ENOMEM,
                            "OpenBLAS needs %zu MiB of address space for its buffer, which are not "
                            "to be had (ulimit -v)",
                            bytes >> 20);
    if (room)
        munmap(room, bytes);
    there = true;
    return LC_OK;
}

static double block_bytes(const lc_net *net, int index, int threads) {
    const lc_node *node = lc_net_node(net, index);
    if (threads == 1 || (node->op.type != LC_OP_CONV2D && node->op.type != LC_OP_LINEAR)) {
        return 0;
    }
    lc_shape in = lc_net_node(net, node->inputs[0])->shape;
    double depth = (double)lc_op_weight_count(&node->op, in) / node->op.out_channels;
    double share = (double)lc_shape_count(node->shape) / node->shape.c / threads;
    return threads * fmin(share * fmin(depth, BLOCK_DEPTH) * sizeof(float), THREAD_BUFFER);
}

/* The buffers stay, for all nets. */
static lc_status count_blocks(const lc_net *net, int threads, lc__ledger *ledger, lc_error *err) {
    double most = 0;
    int largest = 0;
    for (int i = 0; i < lc_net_size(net); i++) {
        double bytes = block_bytes(net, i, threads);
        if (bytes > most) {
            most = bytes;
            largest = i;
        }
    }
    return lc__ledger_take(ledger, largest, most, most, err);
}

static lc_status prepare(const lc_net *net, const lc_exec_config *config, lc__ledger *ledger,
                         void **state, lc_error *err) {
    LC__TRY(check_room(err));
    LC__TRY(count_blocks(net, config->threads, ledger, err));
    openblas_state *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return lc_error_set(err, LC_ENOMEM, "no memory to prepare net \"%s\"", lc_net_name(net));
    }
    s->threads = config->threads;
    lc__executor_way way = {
        .spins = SPINS, .choose = lc__openblas_choose, .allowed = lc__isa_detect()};
    lc_status status = lc__executor_new(net, config, &way, ledger, &s->executor, err);
    if (status != LC_OK) {
        free(s);
        return status;
    }
    *state = s;
    return LC_OK;
}

static void release(void *state) {
    openblas_state *s = state;
    lc__executor_free(s->executor);
    free(s);
}

static lc_status set_input(void *state, const lc__rows *rows, const float *data, lc_error *err) {
    return lc__executor_set_input(((openblas_state *)state)->executor, rows, data, err);
}

static lc_status run(void *state, lc_error *err) {
    const openblas_state *s = state;
    lc__openblas_table()->set_num_threads(s->threads); /* a setting of the process */
    return lc__executor_run(s->executor, err);
}

static lc_status output(const void *state, float *data, size_t count, lc_error *err) {
    return lc__executor_output(((const openblas_state *)state)->executor, data, count, err);
}

const lc_backend lc__backend_openblas = {
    .name = "openblas",
    .dtypes = LC__DTYPE_BIT(F32),
    .open = open_openblas,
    .prepare = prepare,
    .release = release,
    .set_input = set_input,
    .run = run,
    .output = output,
};
