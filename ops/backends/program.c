#include "program.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct maker {
    lc__program *p;
    const lc__executor_way *way;
    lc__team *team;
    lc_error *err;
} maker;

static lc_status no_memory(const maker *m) {
    return lc_error_set(m->err, LC_ENOMEM, "no memory to prepare net \"%s\"",
                        lc_net_name(m->p->net));
}

/* Doubles *array of `size` bytes per item when it is full. */
static bool grow(void **array, int used, int *room, size_t size) {
    if (used < *room) {
        return true;
    }
    int more = *room > 0 ? 2 * *room : 64;
    void *larger = realloc(*array, (size_t)more * size);
    if (larger != NULL) {
        *array = larger;
        *room = more;
    }
    return larger != NULL;
}

/* A buffer for a node's output, written by the next step. */
static lc_status new_buffer(maker *m, int node, lc_dtype dtype, int *buffer) {
    lc__program *p = m->p;
    void *lives = p->lives;
    if (!grow(&lives, p->n_buffers, &p->room_for_buffers, sizeof *p->lives)) {
        return no_memory(m);
    }
    p->lives = lives;
    int64_t count = lc_shape_count(lc_net_node(p->net, node)->shape);
    size_t bytes;
    /* f32 in the place of int8 is four times what was checked: too many for 32 bits at times */
    if (__builtin_mul_overflow(count, lc_dtype_size(dtype), &bytes)) {
        return no_memory(m);
    }
    p->lives[p->n_buffers] = (lc__life){.size = bytes, .first = p->n_steps, .last = p->n_steps};
    *buffer = p->n_buffers++;
    return LC_OK;
}

/* Appends a step; its inputs live until it has run. */
static lc_status add_step(maker *m, const lc__step *step) {
    lc__program *p = m->p;
    void *steps = p->steps;
    if (!grow(&steps, p->n_steps, &p->room_for_steps, sizeof *p->steps)) {
        return no_memory(m);
    }
    p->steps = steps;
    for (int k = 0; k < step->call.n_in; k++) {
        lc__life *life = &p->lives[step->in[k]];
        life->last = life->last > p->n_steps ? life->last : p->n_steps;
    }
    p->steps[p->n_steps++] = *step;
    return LC_OK;
}

/* Converts buffer `from` of a node's output; values of the new one use `bits` bits, 0 = all. */
static lc_status convert(maker *m, int node, int from, lc_dtype from_dtype, lc_dtype dtype,
                         int bits, int *buffer) {
    lc_shape shape = lc_net_node(m->p->net, node)->shape;
    lc__step step = {.node = node,
                     .in = {from},
                     .call = {.op = lc_op_init(LC__OP_CONVERT),
                              .n_in = 1,
                              .in_shape = {shape},
                              .out_shape = shape,
                              .in_dtype = from_dtype,
                              .team = m->team}};
    step.call.op.dtype = dtype;
    step.call.op.act_bits = bits;
    step.kernel = m->way->choose(&step.call, m->way->allowed);
    lc_status status = new_buffer(m, node, dtype, &step.out);
    if (status == LC_OK) {
        status = add_step(m, &step);
    }
    *buffer = step.out;
    return status;
}

/* An input is stored once, before all runs, and read by every one of them. */
static lc_status store_input(maker *m, int node, lc_dtype wanted) {
    lc__program *p = m->p;
    lc_dtype own = lc_net_node(p->net, node)->op.dtype;
    int buffer = -1;
    p->dtypes[node] = own == LC_DTYPE_ANY ? wanted : own;
    lc_status status = new_buffer(m, node, p->dtypes[node], &buffer);
    if (status == LC_OK) {
        p->lives[buffer].first = 0;
        p->lives[buffer].last = INT_MAX;
        p->held[node][p->dtypes[node]] = buffer;
    }
    return status;
}

/* Inputs that nothing has read yet follow their first reader, even where that falls back to f32. */
static lc_status store_inputs(maker *m, const lc_node *node, lc_dtype dtype) {
    lc_status status = LC_OK;
    for (int k = 0; k < node->n_inputs && status == LC_OK; k++) {
        if (m->p->dtypes[node->inputs[k]] == LC_DTYPE_ANY) {
            status = store_input(m, node->inputs[k], dtype);
        }
    }
    return status;
}

/* The output of `node` in `dtype`: as it is held, or converted once for all who want it so. */
static lc_status value_as(maker *m, int node, lc_dtype dtype, int *buffer) {
    lc__program *p = m->p;
    int *held = p->held[node];
    *buffer = held[dtype];
    if (*buffer >= 0) {
        return LC_OK;
    }
    lc_dtype own = p->dtypes[node];
    lc_status status = convert(m, node, held[own], own, dtype, 0, buffer);
    held[dtype] = *buffer;
    return status;
}

/* The numbers that pick rows of a table must stay exact. */
static lc_dtype dtype_of_inputs(lc_op_type type, lc_dtype dtype) {
    return type == LC_OP_EMBEDDING ? LC_DTYPE_F32 : dtype;
}

/* The call of a node's operator and its kernel, in f32 if there is none of the dtype wanted. */
static lc_status choose(maker *m, const lc_node *node, lc_dtype dtype, lc__step *step) {
    lc__call *call = &step->call;
    *call = (lc__call){.op = node->op, .n_in = node->n_inputs, .out_shape = node->shape};
    for (int k = 0; k < node->n_inputs; k++) {
        call->in_shape[k] = lc_net_node(m->p->net, node->inputs[k])->shape;
    }
    call->team = m->team;
    call->op.dtype = dtype;
    call->in_dtype = dtype_of_inputs(node->op.type, dtype);
    step->kernel = m->way->choose(call, m->way->allowed);
    if (step->kernel == NULL && m->way->converts) {
        call->op.dtype = call->in_dtype = LC_DTYPE_F32;
        call->op.weight_bits = call->op.act_bits = 0;
        step->kernel = m->way->choose(call, m->way->allowed);
    }
    if (step->kernel != NULL) {
        return LC_OK;
    }
    return lc_error_set(m->err, LC_EUNSUPPORTED, "node %s: no kernel for operator %s in %s",
                        node->id, lc_op_type_name(node->op.type), lc_dtype_name(dtype));
}

static lc_status add_operator(maker *m, int index) {
    lc__program *p = m->p;
    const lc_node *node = lc_net_node(p->net, index);
    lc_dtype dtype = node->op.dtype == LC_DTYPE_ANY ? p->dtype : node->op.dtype;
    lc__step step = {.node = index};
    lc_status status = choose(m, node, dtype, &step);
    if (status == LC_OK) {
        status = store_inputs(m, node, dtype_of_inputs(node->op.type, dtype));
    }
    for (int k = 0; k < node->n_inputs && status == LC_OK; k++) {
        status = value_as(m, node->inputs[k], step.call.in_dtype, &step.in[k]);
    }
    if (status == LC_OK) {
        status = new_buffer(m, index, step.call.op.dtype, &step.out);
    }
    if (status == LC_OK) {
        status = add_step(m, &step);
    }
    int buffer = step.out;
    if (status == LC_OK && step.call.op.dtype != dtype) {
        status = convert(m, index, step.out, step.call.op.dtype, dtype, node->op.act_bits, &buffer);
    }
    p->dtypes[index] = dtype;
    p->held[index][dtype] = buffer;
    return status;
}

static lc_status make(maker *m, const bool *needed) {
    lc__program *p = m->p;
    int nodes = lc_net_size(p->net), output = lc_net_output(p->net), buffer = -1;
    lc_status status = LC_OK;
    for (int i = 0; i < nodes && status == LC_OK; i++) {
        if (needed[i] && lc_net_node(p->net, i)->op.type != LC_OP_INPUT) {
            status = add_operator(m, i);
        }
    }
    if (status == LC_OK && p->dtypes[output] == LC_DTYPE_ANY) { /* a net that is only its input */
        status = store_input(m, output, p->dtype);
    }
    if (status == LC_OK) {
        buffer = lc__program_buffer(p, output);
        p->lives[buffer].last = INT_MAX; /* to be copied out */
    }
    return status;
}

lc_status lc__program_make(lc__program *p, const lc_net *net, lc_dtype dtype,
                           const lc__executor_way *way, lc__team *team, lc_error *err) {
    maker m = {p, way, team, err};
    size_t nodes = (size_t)lc_net_size(net);
    bool *needed = calloc(nodes, sizeof *needed);
    p->net = net;
    p->dtype = dtype == LC_DTYPE_ANY ? LC_DTYPE_F32 : dtype;
    p->dtypes = calloc(nodes, sizeof *p->dtypes);
    p->held = malloc(nodes * sizeof *p->held);
    if (needed == NULL || p->dtypes == NULL || p->held == NULL) {
        free(needed);
        return no_memory(&m);
    }
    memset(p->held, -1, nodes * sizeof *p->held);
    lc_net_needed(net, needed);
    lc_status status = make(&m, needed);
    free(needed);
    return status;
}

void lc__program_free(lc__program *p) {
    free(p->dtypes);
    free(p->held);
    free(p->steps);
    free(p->lives);
}

int lc__program_buffer(const lc__program *p, int node) {
    return p->held[node][p->dtypes[node]];
}
