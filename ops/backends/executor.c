#include "executor.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "weights.h"

typedef struct step {
    const lc__kernel *kernel;
    lc__call call;
    size_t packed, packed_at; /* floats, and where in `packed` of the executor */
} step;

struct lc__executor {
    const lc_net *net;
    lc__team *team;
    int n_steps;
    step *steps;
    bool *needed;    /* [nodes] */
    lc__life *lives; /* [nodes], the output of each; size 0 where not needed */
    float *arena, *scratch, *packed;
};

/* Needed nodes become steps in node order, which is topological. */
static lc_status choose_kernels(lc__executor *x, lc__choose_fn *choose, lc_error *err) {
    for (int i = 0; i < lc_net_size(x->net); i++) {
        const lc_node *node = lc_net_node(x->net, i);
        if (!x->needed[i] || node->op.type == LC_OP_INPUT) {
            continue;
        }
        step *s = &x->steps[x->n_steps++];
        s->call = (lc__call){
            .op = node->op, .n_in = node->n_inputs, .out_shape = node->shape, .team = x->team};
        for (int k = 0; k < node->n_inputs; k++) {
            s->call.in_shape[k] = lc_net_node(x->net, node->inputs[k])->shape;
        }
        s->kernel = choose(&node->op, s->call.in_shape[0]);
        if (s->kernel == NULL) {
            return lc_error_set(err, LC_EUNSUPPORTED, "node %s: no kernel for operator %s",
                                node->id, lc_op_type_name(node->op.type));
        }
    }
    return LC_OK;
}

/* Lives of node outputs, in steps. Inputs live throughout: they are set once and read by every run;
 * the output of the net lives on to be copied out. */
static void find_lives(lc__executor *x) {
    int step_number = 0, nodes = lc_net_size(x->net), end = nodes;
    for (int i = 0; i < nodes; i++) {
        const lc_node *node = lc_net_node(x->net, i);
        if (!x->needed[i]) {
            continue;
        }
        bool is_input = node->op.type == LC_OP_INPUT;
        x->lives[i] = (lc__life){.size = (size_t)lc_shape_count(node->shape) * sizeof(float),
                                 .first = is_input ? 0 : step_number,
                                 .last = is_input ? end : step_number};
        for (int k = 0; k < node->n_inputs; k++) {
            lc__life *input = &x->lives[node->inputs[k]];
            input->last = step_number > input->last ? step_number : input->last;
        }
        step_number += !is_input;
    }
    x->lives[lc_net_output(x->net)].last = end;
}

static lc_status allocate(lc__executor *x, lc_error *err) {
    size_t total = 0, scratch = 0, packed = 0;
    lc_status status = lc__arena_plan(x->lives, (size_t)lc_net_size(x->net), &total, err);
    if (status != LC_OK) {
        return status;
    }
    for (int i = 0; i < x->n_steps; i++) {
        step *s = &x->steps[i];
        size_t need = s->kernel->scratch_size == NULL ? 0 : s->kernel->scratch_size(&s->call);
        scratch = need > scratch ? need : scratch;
        s->packed = s->kernel->packed_size == NULL ? 0 : s->kernel->packed_size(&s->call);
        s->packed_at = packed;
        packed += (s->packed + LC__ALIGN - 1) / LC__ALIGN * LC__ALIGN;
    }
    x->arena = lc__arena_alloc(total);
    x->scratch = lc__arena_alloc(scratch * sizeof(float));
    x->packed = lc__arena_alloc(packed * sizeof(float));
    if (x->arena == NULL || x->scratch == NULL || x->packed == NULL) {
        return lc_error_set(err, LC_ENOMEM, "net \"%s\" needs %zu bytes, which are not to be had",
                            lc_net_name(x->net), total + (scratch + packed) * sizeof(float));
    }
    return LC_OK;
}

static float *buffer_of(const lc__executor *x, int node) {
    return x->arena + x->lives[node].offset / sizeof(float);
}

static lc_status pack_weights(const step *s, const lc_net *net, int index, uint64_t seed,
                              float *packed, lc_error *err) {
    const lc_node *node = lc_net_node(net, index);
    size_t count = (size_t)lc_op_weight_count(&node->op, s->call.in_shape[0]);
    float *weights = malloc((count + 1) * sizeof *weights);
    if (weights == NULL) {
        return lc_error_set(err, LC_ENOMEM, "node %s: no memory for %zu weights", node->id, count);
    }
    lc__weights_draw(net, index, seed, weights);
    s->kernel->pack(&s->call, weights, packed);
    free(weights);
    return LC_OK;
}

static lc_status bind(lc__executor *x, uint64_t seed, lc_error *err) {
    step *s = x->steps;
    for (int i = 0; i < lc_net_size(x->net); i++) {
        const lc_node *node = lc_net_node(x->net, i);
        if (!x->needed[i] || node->op.type == LC_OP_INPUT) {
            continue;
        }
        for (int k = 0; k < node->n_inputs; k++) {
            s->call.in[k] = buffer_of(x, node->inputs[k]);
        }
        s->call.out = buffer_of(x, i);
        s->call.scratch = x->scratch;
        if (s->packed > 0) {
            float *packed = x->packed + s->packed_at;
            s->call.packed = packed;
            lc_status status = pack_weights(s, x->net, i, seed, packed, err);
            if (status != LC_OK) {
                return status;
            }
        }
        s++;
    }
    return LC_OK;
}

static lc_status build(lc__executor *x, const lc_exec_config *config, int spins,
                       lc__choose_fn *choose, lc_error *err) {
    size_t nodes = (size_t)lc_net_size(x->net);
    x->team = lc__team_new(config->threads, spins);
    x->steps = calloc(nodes, sizeof *x->steps);
    x->needed = calloc(nodes, sizeof *x->needed);
    x->lives = calloc(nodes, sizeof *x->lives);
    if (x->team == NULL || x->steps == NULL || x->needed == NULL || x->lives == NULL) {
        return lc_error_set(err, LC_ENOMEM, "no memory or threads to prepare net \"%s\"",
                            lc_net_name(x->net));
    }
    lc_net_needed(x->net, x->needed);
    lc_status status = choose_kernels(x, choose, err);
    if (status == LC_OK) {
        find_lives(x);
        status = allocate(x, err);
    }
    return status != LC_OK ? status : bind(x, config->weight_seed, err);
}

lc_status lc__executor_new(const lc_net *net, const lc_exec_config *config, int spins,
                           lc__choose_fn *choose, lc__executor **out, lc_error *err) {
    lc__executor *x = calloc(1, sizeof *x);
    if (x == NULL) {
        return lc_error_set(err, LC_ENOMEM, "no memory to prepare net \"%s\"", lc_net_name(net));
    }
    x->net = net;
    lc_status status = build(x, config, spins, choose, err);
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
    free(x->steps);
    free(x->needed);
    free(x->lives);
    free(x->arena);
    free(x->scratch);
    free(x->packed);
    free(x);
}

lc_status lc__executor_set_input(void *executor, int node, const float *data, lc_error *err) {
    lc__executor *x = executor;
    (void)err;
    if (x->needed[node]) {
        memcpy(buffer_of(x, node), data, x->lives[node].size);
    }
    return LC_OK;
}

lc_status lc__executor_run(void *executor, lc_error *err) {
    lc__executor *x = executor;
    (void)err;
    for (int i = 0; i < x->n_steps; i++) {
        x->steps[i].kernel->run(&x->steps[i].call);
    }
    return LC_OK;
}

lc_status lc__executor_output(const void *executor, float *data, size_t count, lc_error *err) {
    const lc__executor *x = executor;
    (void)err;
    memcpy(data, buffer_of(x, lc_net_output(x->net)), count * sizeof *data);
    return LC_OK;
}
