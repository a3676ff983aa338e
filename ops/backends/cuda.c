/* NVIDIA's cards, Jetson boards among them: own kernels for what multiplies nothing, cuBLAS and
 * cuDNN where they are found. A run ends when the card is done; the card's own events give the time
 * without what the host does. */
#include <limits.h>
#include <stdlib.h>

#include "cuda_net.h"
#include "impl.h"

static lc_status open_cuda(const lc_exec_config *config, lc_backend_info *info, lc_error *err) {
    const lc__cuda *cuda = NULL;
    if (config->isa != NULL && config->isa[0] != '\0') {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend cuda takes no cap on the instruction set (\"%s\"): leave it "
                            "out",
                            config->isa);
    }
    if (config->threads > 1) {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend cuda runs on the card, whatever the threads: --threads 1");
    }
    return lc__cuda_open(&cuda, info, err);
}

static lc_status check_operator(const lc__cuda_net *g, int index) {
    const lc_node *node = lc_net_node(g->net, index);
    const lc_op *op = &node->op;
    if (lc__cuda_operator(op->type) == NULL) {
        return lc__no_operator("cuda", g->net, index, g->err);
    }
    if ((double)op->kernel_h * op->kernel_w <= INT_MAX) { /* kernels number taps by an int */
        return LC_OK;
    }
    lc_error_set(g->err, LC_EUNSUPPORTED,
                 "node %s: backend cuda has no %s over a window of 2^31 values or more; use "
                 "backend native",
                 node->id, lc_op_type_name(op->type));
    return LC_EUNSUPPORTED;
}

static lc_status check_operators(const lc__cuda_net *g) {
    lc_status s = LC_OK;
    for (int i = 0; i < lc_net_size(g->net) && s == LC_OK; i++) {
        if (g->needed[i] && lc_net_node(g->net, i)->op.type != LC_OP_INPUT) {
            s = check_operator(g, i);
        }
    }
    return s;
}

static lc_status build_node(lc__cuda_net *g, int index) {
    const lc_node *node = lc_net_node(g->net, index);
    g->node = index;
    lc_status s = lc__cuda_alloc(g, (size_t)lc_shape_count(node->shape), &g->buffer[index]);
    return s != LC_OK || node->op.type == LC_OP_INPUT ? s
                                                      : lc__cuda_operator(node->op.type)(g, node);
}

static lc_status build(lc__cuda_net *g) {
    size_t nodes = (size_t)lc_net_size(g->net);
    const lc__cuda_driver *d = &g->cuda->driver;
    g->needed = calloc(nodes, sizeof *g->needed);
    g->buffer = calloc(nodes, sizeof *g->buffer);
    if (g->needed == NULL || g->buffer == NULL) {
        return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"",
                            lc_net_name(g->net));
    }
    lc_net_needed(g->net, g->needed);
    lc_status s = check_operators(g);
    for (int i = 0; i < lc_net_size(g->net) && s == LC_OK; i++) {
        if (g->needed[i]) {
            s = build_node(g, i);
        }
    }
    if (s == LC_OK) {
        s = lc__cuda_check(g->cuda, d->event_create(&g->begin, 0), "making an event", g->err);
    }
    return s != LC_OK
               ? s
               : lc__cuda_check(g->cuda, d->event_create(&g->end, 0), "making an event", g->err);
}

/* What it takes is the card's memory, which the card itself refuses when there is too little. */
static lc_status prepare(const lc_net *net, const lc_exec_config *config, lc__ledger *ledger,
                         void **state, lc_error *err) {
    const lc__cuda *cuda = NULL;
    lc_backend_info info;
    (void)ledger;
    lc_status s = lc__cuda_open(&cuda, &info, err);
    lc__cuda_net *g = s == LC_OK ? calloc(1, sizeof *g) : NULL;
    if (g == NULL) {
        return s != LC_OK ? s
                          : lc_error_set(err, LC_ENOMEM, "no memory to prepare net \"%s\"",
                                         lc_net_name(net));
    }
    *g = (lc__cuda_net){.cuda = cuda, .net = net, .seed = config->weight_seed, .err = err};
    s = build(g);
    g->err = NULL;
    if (s != LC_OK) {
        lc__cuda_release(g);
        return s;
    }
    *state = g;
    return LC_OK;
}

static void release(void *state) {
    lc__cuda_release(state);
}

static lc_status use(const lc__cuda_net *g, lc_error *err) {
    return lc__cuda_check(g->cuda, g->cuda->driver.context_use(g->cuda->context), "using the card",
                          err);
}

static lc_status set_input(void *state, const lc__rows *rows, const float *data, lc_error *err) {
    const lc__cuda_net *g = state;
    size_t before = lc__rows_before(g->net, rows) * sizeof *data;
    size_t bytes = lc__rows_values(g->net, rows) * sizeof *data;
    if (!g->needed[rows->node]) {
        return LC_OK;
    }
    lc_status s = use(g, err);
    return s != LC_OK
               ? s
               : lc__cuda_check(g->cuda,
                                g->cuda->driver.upload(g->buffer[rows->node] + before, data, bytes),
                                "copying an input", err);
}

static lc_status launch_all(const lc__cuda_net *g, lc_error *err) {
    lc_status s = LC_OK;
    for (size_t i = 0; i < g->n_steps && s == LC_OK; i++) {
        s = g->steps[i].run(g, &g->steps[i], err);
    }
    return s;
}

static lc_status run(void *state, lc_error *err) {
    const lc__cuda_net *g = state;
    lc_status s = use(g, err);
    if (s == LC_OK) {
        s = launch_all(g, err);
    }
    return s != LC_OK ? s
                      : lc__cuda_check(g->cuda, g->cuda->driver.stream_wait(g->cuda->stream),
                                       "running", err);
}

/* Events on a stream that nobody else uses, all runs between two of them. */
static lc_status time_runs(void *state, long runs, double *ns, lc_error *err) {
    const lc__cuda_net *g = state;
    const lc__cuda_driver *d = &g->cuda->driver;
    float ms = 0;
    lc_status s = use(g, err);
    if (s == LC_OK) {
        s = lc__cuda_check(g->cuda, d->event_record(g->begin, g->cuda->stream), "an event", err);
    }
    for (long i = 0; i < runs && s == LC_OK; i++) {
        s = launch_all(g, err);
    }
    if (s == LC_OK) {
        s = lc__cuda_check(g->cuda, d->event_record(g->end, g->cuda->stream), "an event", err);
    }
    if (s == LC_OK) {
        s = lc__cuda_check(g->cuda, d->event_wait(g->end), "running", err);
    }
    if (s == LC_OK) {
        s = lc__cuda_check(g->cuda, d->event_elapsed(&ms, g->begin, g->end), "timing", err);
    }
    *ns = (double)ms * 1e6;
    return s;
}

static lc_status output(const void *state, float *data, size_t count, lc_error *err) {
    const lc__cuda_net *g = state;
    lc_status s = use(g, err);
    return s != LC_OK
               ? s
               : lc__cuda_check(g->cuda,
                                g->cuda->driver.download(data, g->buffer[lc_net_output(g->net)],
                                                         count * sizeof *data),
                                "copying the output", err);
}

const lc_backend lc__backend_cuda = {
    .name = "cuda",
    .dtypes = 1U << LC_DTYPE_F32,
    .open = open_cuda,
    .prepare = prepare,
    .release = release,
    .set_input = set_input,
    .run = run,
    .time = time_runs,
    .output = output,
};
