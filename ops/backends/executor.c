#include "executor.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "kernels/quant.h"
#include "memory.h"
#include "program.h"
#include "weights.h"

struct lc__executor {
    lc__program program;
    lc__team *team;
    char *arena, *scratch, *packed;
};

/* Bytes of a step: its weights, scratch, inputs and output. */
static double bytes_of(const lc__program *p, const lc__step *s) {
    size_t scratch = s->kernel->scratch_size == NULL ? 0 : s->kernel->scratch_size(&s->call);
    double bytes = (double)s->packed + (double)scratch + (double)p->lives[s->out].size;
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

static lc_status allocate(lc__executor *x, lc_error *err) {
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
    double need = (double)total + (double)scratch + (double)packed;
    double available = lc__memory_available("");
    if (p->n_steps > 0 && need > available) {
        int i = largest_step(p);
        return lc__memory_refuse(p->net, p->steps[i].node, bytes_of(p, &p->steps[i]), need,
                                 available, err);
    }
    x->arena = lc__arena_alloc(total);
    x->scratch = lc__arena_alloc(scratch);
    x->packed = lc__arena_alloc((size_t)packed);
    if (x->arena == NULL || x->scratch == NULL || x->packed == NULL) {
        return lc_error_set(err, LC_ENOMEM, "net \"%s\" needs %.0f bytes, which are not to be had",
                            lc_net_name(p->net), need);
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
                           const lc__executor_way *way, lc__executor **out, lc_error *err) {
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
        status = allocate(x, err);
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

lc_status lc__executor_set_input(void *executor, int node, const float *data, lc_error *err) {
    lc__executor *x = executor;
    (void)err;
    if (lc__program_buffer(&x->program, node) >= 0) {
        size_t count = (size_t)lc_shape_count(lc_net_node(x->program.net, node)->shape);
        lc__format format = lc__format_new(x->program.dtypes[node], 0);
        lc__store_row(format, data, count, value_of(x, node));
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
