#include "executor.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "kernels/quant.h"
#include "program.h"
#include "weights.h"

struct lc__executor {
    lc__program program;
    lc__team *team;
    char *arena, *scratch, *packed;
};

/* Weights as they are drawn, one step's at a time. */
static double drawn_bytes(const lc__step *s) {
    return s->packed == 0 ? 0
                          : (double)lc_op_weight_count(&s->call.op, s->call.in_shape[0]) *
                                (double)sizeof(float);
}

/* Bytes of a step: its weights, scratch, inputs and output. */
static double bytes_of(const lc__program *p, const lc__step *s) {
    size_t scratch = s->kernel->scratch_size == NULL ? 0 : s->kernel->scratch_size(&s->call);
    double bytes =
        (double)s->packed + drawn_bytes(s) + (double)scratch + (double)p->lives[s->out].size;
    for (int k = 0; k < s->call.n_in; k++) {
        bytes += (double)p->lives[s->in[k]].size;
    }
    return bytes;
}

static int largest_step(const lc__program *p) {
    int largest = 0;
    for (int i = 1; i < p->n_steps; i++) {
        if (bytes_of(p, &p->steps[i]) > bytes_of(p, &p->steps[largest])) {
            largest = i;
        }
    }
    return largest;
}

/* Counts what stays, and the weights drawn while they are packed. */
static lc_status count(const lc__program *p, double stays, lc__ledger *ledger, lc_error *err) {
    double drawn = 0;
    if (p->n_steps == 0) { /* a net that is only its input */
        return lc__ledger_take(ledger, lc_net_output(p->net), 0, stays, err);
    }
    const lc__step *largest = &p->steps[largest_step(p)];
    for (int i = 0; i < p->n_steps; i++) {
        drawn = fmax(drawn, drawn_bytes(&p->steps[i]));
    }
    LC__TRY(lc__ledger_take(ledger, largest->node, bytes_of(p, largest), stays + drawn, err));
    lc__ledger_give(ledger, drawn);
    return LC_OK;
}

static lc_status allocate(lc__executor *x, lc__ledger *ledger, lc_error *err) {
    lc__program *p = &x->program;
    size_t total = 0, scratch = 0;
    uint64_t packed = 0; /* may be more than 32 bits hold, and is then refused */
    lc_status status = lc__arena_plan(p->lives, (size_t)p->n_buffers, &total, err);
    if (status != LC_OK) {
        return status;
    }
    for (int i = 0; i < p->n_steps; i++) {
        lc__step *s = &p->steps[i];
        size_t need = s->kernel->scratch_size == NULL ? 0 : s->kernel->scratch_size(&s->call);
        scratch = need > scratch ? need : scratch;
        s->packed = s->kernel->packed_size == NULL ? 0 : s->kernel->packed_size(&s->call);
        s->packed_at = (size_t)packed;
        packed += (s->packed + LC__ALIGN - 1) / LC__ALIGN * LC__ALIGN;
    }
    LC__TRY(count(p, (double)total + (double)scratch + (double)packed, ledger, err));
    x->arena = lc__arena_alloc(total);
    x->scratch = lc__arena_alloc(scratch);
    x->packed = lc__arena_alloc((size_t)packed);
    if (x->arena == NULL || x->scratch == NULL || x->packed == NULL) {
        return lc_error_set(err, LC_ENOMEM, "net \"%s\" needs %.0f bytes, which are not to be had",
                            lc_net_name(p->net), ledger->taken);
    }
    return LC_OK;
}

static char *buffer_at(const lc__executor *x, int buffer) {
    return x->arena + x->program.lives[buffer].offset;
}

/* Where the output of `node` is, in its own dtype. */
static char *value_of(const lc__executor *x, int node) {
    return buffer_at(x, lc__program_buffer(&x->program, node));
}

static lc_status pack_weights(lc__executor *x, lc__step *s, uint64_t seed, lc_error *err) {
    const lc_node *node = lc_net_node(x->program.net, s->node);
    size_t count = (size_t)lc_op_weight_count(&node->op, s->call.in_shape[0]);
    float *weights = malloc((count + 1) * sizeof *weights);
    if (weights == NULL) {
        return lc_error_set(err, LC_ENOMEM, "node %s: no memory for %zu weights", node->id, count);
    }
    lc__weights_draw(x->program.net, s->node, seed, weights);
    s->kernel->pack(&s->call, weights, x->packed + s->packed_at);
    s->call.packed = x->packed + s->packed_at;
    free(weights);
    return LC_OK;
}

static lc_status bind(lc__executor *x, uint64_t seed, lc_error *err) {
    for (int i = 0; i < x->program.n_steps; i++) {
        lc__step *s = &x->program.steps[i];
        for (int k = 0; k < s->call.n_in; k++) {
            s->call.in[k] = buffer_at(x, s->in[k]);
        }
        s->call.out = buffer_at(x, s->out);
        s->call.scratch = x->scratch;
        s->call.team = x->team;
        lc_status status = s->packed > 0 ? pack_weights(x, s, seed, err) : LC_OK;
        if (status != LC_OK) {
            return status;
        }
    }
    return LC_OK;
}

lc_status lc__executor_new(const lc_net *net, const lc_exec_config *config,
                           const lc__executor_way *way, lc__ledger *ledger, lc__executor **out,
                           lc_error *err) {
    lc__executor *x = calloc(1, sizeof *x);
    if (x == NULL) {
        return lc_error_set(err, LC_ENOMEM, "no memory to prepare net \"%s\"", lc_net_name(net));
    }
    x->team = lc__team_new(config->threads, way->spins);
    lc_status status = x->team != NULL
                           ? lc__program_make(&x->program, net, config->dtype, way, x->team, err)
                           : lc_error_set(err, LC_ENOMEM,
                                          "no memory or threads to prepare net "
                                          "\"%s\"",
                                          lc_net_name(net));
    if (status == LC_OK) {
        status = allocate(x, ledger, err);
    }
    if (status == LC_OK) {
        status = bind(x, config->weight_seed, err);
    }
    if (status != LC_OK) {
        lc__executor_free(x);
        return status;
    }
    *out = x;
    return LC_OK;
}

void lc__executor_free(void *executor) {
    lc__executor *x = executor;
    if (x == NULL) {
        return;
    }
    lc__team_free(x->team);
    lc__program_free(&x->program);
    free(x->arena);
    free(x->scratch);
    free(x->packed);
    free(x);
}

lc_status lc__executor_set_input(void *executor, const lc__rows *rows, const float *data,
                                 lc_error *err) {
    const lc__executor *x = executor;
    const lc_net *net = x->program.net;
    (void)err;
    if (lc__program_buffer(&x->program, rows->node) >= 0) {
        lc_dtype dtype = x->program.dtypes[rows->node];
        char *to = value_of(x, rows->node) + lc__rows_before(net, rows) * lc_dtype_size(dtype);
        lc__store_row(lc__format_new(dtype, 0), data, lc__rows_values(net, rows), to);
    }
    return LC_OK;
}

lc_status lc__executor_run(void *executor, lc_error *err) {
    const lc__executor *x = executor;
    (void)err;
    for (int i = 0; i < x->program.n_steps; i++) {
        x->program.steps[i].kernel->run(&x->program.steps[i].call);
    }
    return LC_OK;
}

lc_status lc__executor_output(const void *executor, float *data, size_t count, lc_error *err) {
    const lc__executor *x = executor;
    int node = lc_net_output(x->program.net);
    (void)err;
    lc__load_row(x->program.dtypes[node], value_of(x, node), count, data);
    return LC_OK;
}
