#include "impl.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/kernel.h"
#include "memory.h"
#include "weights.h"

#define DRAWN_AT_A_TIME ((int64_t)1 << 18) /* values */

struct lc_exec {
    const lc_backend *backend;
    const lc_net *net;
    lc_net *batched; /* `net` if it was made here, for another batch */
    void *state;
    lc__ledger ledger;
};

static const lc_backend *const backends[] = {
    &lc__backend_null,
    &lc__backend_native,
#ifdef LC__HAVE_OPENBLAS
    &lc__backend_openblas,
#endif
#ifdef LC__HAVE_ONEDNN
    &lc__backend_onednn,
#endif
#ifdef LC__HAVE_XNNPACK
    &lc__backend_xnnpack,
#endif
#ifdef LC__HAVE_CUDA
    &lc__backend_cuda,
#endif
    NULL,
};

const lc_backend *const *lc_backends(void) {
    return backends;
}

const lc_backend *lc_backend_find(const char *name) {
    for (const lc_backend *const *b = backends; *b != NULL; b++) {
        if (strcmp((*b)->name, name) == 0) {
            return *b;
        }
    }
    return NULL;
}

const char *lc_backend_name(const lc_backend *backend) {
    return backend->name;
}

static bool native_has(lc_op_type type) {
    size_t count = 0;
    const lc__kernel *const *kernels = lc__kernels(&count);
    for (size_t i = 0; i < count; i++) {
        if (kernels[i]->type == type) {
            return true;
        }
    }
    return false;
}

lc_status lc__all_bits(const char *backend, const lc_net *net, int index, lc_error *err) {
    const lc_op *op = &lc_net_node(net, index)->op;
    int32_t all = (int32_t)lc_dtype_size(op->dtype) * 8;
    if ((op->weight_bits == 0 || op->weight_bits == all) &&
        (op->act_bits == 0 || op->act_bits == all)) {
        return LC_OK;
    }
    return lc_error_set(err, LC_EUNSUPPORTED,
                        "node %s (%s): backend %s has no integers of fewer than %d bits "
                        "(weight_bits %d, act_bits %d); use backend native",
                        lc_net_node(net, index)->id, lc_op_type_name(op->type), backend, (int)all,
                        (int)op->weight_bits, (int)op->act_bits);
}

lc_status lc__no_operator(const char *backend, const lc_net *net, int index, lc_error *err) {
    const lc_node *node = lc_net_node(net, index);
    return lc_error_set(err, LC_EUNSUPPORTED, "node %s: backend %s has no operator %s%s", node->id,
                        backend, lc_op_type_name(node->op.type),
                        native_has(node->op.type) ? "; use backend native" : "");
}

static bool computes_in(const lc_backend *backend, lc_dtype dtype) {
    return dtype == LC_DTYPE_ANY || (backend->dtypes >> dtype & 1) != 0;
}

static lc_status check_dtypes(const lc_backend *backend, const lc_net *net, lc_error *err) {
    for (int i = 0; i < lc_net_size(net); i++) {
        const lc_node *node = lc_net_node(net, i);
        if (!computes_in(backend, node->op.dtype)) {
            return lc_error_set(err, LC_EUNSUPPORTED,
                                "node %s: backend %s does not compute in %s; use backend native",
                                node->id, backend->name, lc_dtype_name(node->op.dtype));
        }
    }
    return LC_OK;
}

lc_status lc_backend_open(const lc_backend *backend, const lc_exec_config *config,
                          lc_backend_info *info, lc_error *err) {
    lc_backend_info own;
    if (info == NULL) {
        info = &own;
    }
    if (config->threads < 1) {
        return lc_error_set(err, LC_EUSAGE, "threads must be at least 1, not %d", config->threads);
    }
    if (!computes_in(backend, config->dtype)) {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend %s does not compute in %s; use backend native", backend->name,
                            lc_dtype_name(config->dtype));
    }
    memset(info, 0, sizeof *info);
    return backend->open(config, info, err);
}

size_t lc__rows_before(const lc_net *net, const lc__rows *rows) {
    lc_shape s = lc_net_node(net, rows->node)->shape;
    size_t before = (size_t)rows->image * (size_t)s.h + (size_t)rows->row;
    return before * (size_t)s.w * (size_t)s.c;
}

size_t lc__rows_values(const lc_net *net, const lc__rows *rows) {
    lc_shape s = lc_net_node(net, rows->node)->shape;
    return (size_t)rows->images * (size_t)rows->rows * (size_t)s.w * (size_t)s.c;
}

static int at_most(int64_t n, int most) {
    return n < 1 ? 1 : n < most ? (int)n : most;
}

/* What is drawn of input node `node` at a time, its first part: a second copy of a large input
 * would be as much as the net takes. */
static lc__rows first_part(const lc_net *net, int node) {
    lc_shape s = lc_net_node(net, node)->shape;
    int64_t rows = DRAWN_AT_A_TIME / ((int64_t)s.w * s.c);
    return (lc__rows){.node = node, .images = at_most(rows / s.h, s.n), .rows = at_most(rows, s.h)};
}

static lc_status fill_parts(lc_exec *exec, int node, uint64_t seed, float *data, lc_error *err) {
    lc__inputs values = lc__inputs_new(exec->net, node, seed);
    lc_shape s = lc_net_node(exec->net, node)->shape;
    const lc__rows first = first_part(exec->net, node);
    for (lc__rows part = first; part.image < s.n; part.image += part.images) {
        part.images = at_most(s.n - part.image, first.images);
        for (part.row = 0; part.row < s.h; part.row += part.rows) {
            part.rows = at_most(s.h - part.row, first.rows);
            lc__inputs_next(&values, lc__rows_values(exec->net, &part), data);
            LC__TRY(exec->backend->set_input(exec->state, &part, data, err));
        }
    }
    return LC_OK;
}

static lc_status fill_input(lc_exec *exec, int node, uint64_t seed, lc_error *err) {
    lc__rows part = first_part(exec->net, node);
    size_t count = lc__rows_values(exec->net, &part);
    double bytes = (double)count * sizeof(float);
    LC__TRY(lc__ledger_take(&exec->ledger, node, bytes, bytes, err));
    float *data = malloc(count * sizeof *data);
    lc_status status = data != NULL ? fill_parts(exec, node, seed, data, err)
                                    : lc_error_set(err, LC_ENOMEM, "no memory for input %s",
                                                   lc_net_node(exec->net, node)->id);
    free(data);
    lc__ledger_give(&exec->ledger, bytes);
    return status;
}

static lc_status fill_inputs(lc_exec *exec, uint64_t seed, lc_error *err) {
    for (int i = 0; i < lc_net_size(exec->net); i++) {
        if (lc_net_node(exec->net, i)->op.type == LC_OP_INPUT) {
            LC__TRY(fill_input(exec, i, seed, err));
        }
    }
    return LC_OK;
}

/* Makes the net's state; exec->batched is to be freed even on failure. */
static lc_status prepare(lc_exec *exec, const lc_exec_config *config, lc_error *err) {
    lc_status status = LC_OK;
    if (config->batch > 0) {
        status = lc_net_with_batch(exec->net, config->batch, &exec->batched, err);
        exec->net = exec->batched;
    }
    exec->ledger = lc__ledger_open(exec->net, lc__memory_available(""));
    if (status == LC_OK && exec->backend != &lc__backend_null) { /* which needs none */
        status = lc__ledger_check(&exec->ledger, config->dtype, err);
    }
    if (status == LC_OK) {
        status = exec->backend->prepare(exec->net, config, &exec->ledger, &exec->state, err);
    }
    return status;
}

lc_status lc_exec_new(const lc_backend *backend, const lc_net *net, const lc_exec_config *config,
                      lc_exec **out, lc_error *err) {
    lc_status status = lc_backend_open(backend, config, NULL, err);
    if (status != LC_OK) {
        return status;
    }
    if (lc_net_size(net) == 0) {
        return lc_error_set(err, LC_EFORMAT, "net \"%s\" has no nodes", lc_net_name(net));
    }
    status = check_dtypes(backend, net, err);
    if (status != LC_OK) {
        return status;
    }
    lc_exec *exec = calloc(1, sizeof *exec);
    if (exec == NULL) {
        return lc_error_set(err, LC_ENOMEM, "no memory to prepare net \"%s\"", lc_net_name(net));
    }
    exec->backend = backend;
    exec->net = net;
    status = prepare(exec, config, err);
    if (status != LC_OK) {
        lc_net_free(exec->batched);
        free(exec);
        return status;
    }
    if (backend != &lc__backend_null) { /* which would not look at them */
        status = fill_inputs(exec, config->weight_seed, err);
    }
    if (status != LC_OK) {
        lc_exec_free(exec);
        return status;
    }
    *out = exec;
    return LC_OK;
}

double lc__exec_bytes(const lc_exec *exec) {
    return exec->ledger.most;
}

void lc_exec_free(lc_exec *exec) {
    if (exec != NULL) {
        exec->backend->release(exec->state);
        lc_net_free(exec->batched);
        free(exec);
    }
}

static int input_node(const lc_net *net, int which) {
    for (int i = 0; i < lc_net_size(net); i++) {
        if (lc_net_node(net, i)->op.type == LC_OP_INPUT && which-- == 0) {
            return i;
        }
    }
    return -1;
}

static lc_status check_count(const lc_node *node, size_t count, lc_error *err) {
    size_t expected = (size_t)lc_shape_count(node->shape);
    if (count == expected) {
        return LC_OK;
    }
    return lc_error_set(err, LC_EUSAGE, "node %s holds %zu values, not %zu", node->id, expected,
                        count);
}

lc_status lc_exec_set_input(lc_exec *exec, int which, const float *data, size_t count,
                            lc_error *err) {
    int node = which < 0 ? -1 : input_node(exec->net, which);
    if (node < 0) {
        return lc_error_set(err, LC_EUSAGE, "net \"%s\" has no input number %d",
                            lc_net_name(exec->net), which);
    }
    lc_shape s = lc_net_node(exec->net, node)->shape;
    LC__TRY(check_count(lc_net_node(exec->net, node), count, err));
    const lc__rows all = {.node = node, .images = s.n, .rows = s.h};
    return exec->backend->set_input(exec->state, &all, data, err);
}

lc_status lc_exec_run(lc_exec *exec, lc_error *err) {
    return exec->backend->run(exec->state, err);
}

bool lc_exec_has_clock(const lc_exec *exec) {
    return exec->backend->time != NULL;
}

lc_status lc_exec_time(lc_exec *exec, long runs, double *ns, lc_error *err) {
    if (exec->backend->time == NULL) {
        return lc_error_set(err, LC_EUNSUPPORTED, "backend %s has no clock of its own",
                            exec->backend->name);
    }
    return exec->backend->time(exec->state, runs, ns, err);
}

lc_status lc_exec_output(const lc_exec *exec, float *data, size_t count, lc_error *err) {
    const lc_node *node = lc_net_node(exec->net, lc_net_output(exec->net));
    lc_status status = check_count(node, count, err);
    return status != LC_OK ? status : exec->backend->output(exec->state, data, count, err);
}
