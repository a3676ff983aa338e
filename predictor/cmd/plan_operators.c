/* A plan of single operators: those of some nets, each once, that tell most of these nets. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "plan.h"

/* "conv2d 3x3 16>96 32x32 s2 relu": type, kernel, channels in and out, what comes out of it, and
 * what else tells it from others: stride, groups, padding that is not half the kernel, a fused
 * activation. free() the result; NULL: out of memory. */
static char *name_operator(const lc_net *net, const lc_node *node) {
    const lc_op *op = &node->op;
    lc_shape in = lc_net_node(net, node->inputs[0])->shape;
    lc__buf name = {0};
    lc__buf_printf(&name, "%s", lc_op_type_name(op->type));
    if (op->kernel_h > 0)
        lc__buf_printf(&name, " %dx%d", op->kernel_h, op->kernel_w);
    lc__buf_printf(&name, " %d>%d %dx%d", in.c, node->shape.c, node->shape.h, node->shape.w);
    if (op->stride_h > 1 || op->stride_w > 1)
        lc__buf_printf(&name, " s%d", op->stride_h);
    if (op->stride_h != op->stride_w)
        lc__buf_printf(&name, "x%d", op->stride_w);
    if (op->groups > 1)
        lc__buf_printf(&name, " g%d", op->groups);
    if (op->pad_h != op->kernel_h / 2 || op->pad_w != op->kernel_w / 2)
        lc__buf_printf(&name, " p%dx%d", op->pad_h, op->pad_w);
    if (op->act != LC_ACT_NONE)
        lc__buf_printf(&name, " %s", lc_act_name(op->act));
    if (name.failed) {
        free(name.text);
        return NULL;
    }
    return name.text;
}

/* Node `index` of a net as a net of its own, on inputs of the shapes that it has there. */
static lc_status alone(const lc_net *net, int index, lc_net **out, lc_error *err) {
    const lc_node *node = lc_net_node(net, index);
    int inputs[LC_OP_MAX_INPUTS];
    char *name = name_operator(net, node);
    *out = name ? lc_net_new(name) : NULL;
    free(name);
    lc_status status = *out ? LC_OK : lc__no_memory(err);
    for (int i = 0; i < node->n_inputs && !status; i++) {
        lc_op op = lc_op_init(LC_OP_INPUT);
        op.shape = lc_net_node(net, node->inputs[i])->shape;
        status = lc_net_add(*out, NULL, &op, NULL, 0, &inputs[i], err);
    }
    if (!status)
        status = lc_net_add(*out, NULL, &node->op, inputs, node->n_inputs, NULL, err);
    return status;
}

/* Adds the operators of a net that are not known: neither inputs nor what takes no input. */
static lc_status add_operators(lc__plan_session *s, const lc_net *net, lc_error *err) {
    lc_status status = LC_OK;
    for (int i = 0; i < lc_net_size(net) && !status; i++) {
        lc_net *one = NULL;
        bool added = false;
        if (lc_net_node(net, i)->n_inputs == 0)
            continue;
        status = alone(net, i, &one, err);
        if (!status)
            status = lc__plan_know(s, one, &added, err);
        if (!status && added) {
            status = lc__net_list_take(&s->candidate, one, err);
            one = NULL;
        }
        lc_net_free(one);
    }
    return status;
}

/* The nets' operators become the candidates, and the nets the crowd. */
static lc_status part_nets(lc__plan_session *s, lc_error *err) {
    lc_status status = LC_OK;
    s->crowd = s->candidate;
    s->candidate = (lc__net_list){0};
    for (size_t i = 0; i < s->crowd.n && !status; i++)
        status = add_operators(s, s->crowd.net[i], err);
    return status;
}

/* Points of the candidates, the measured operators and the crowd, in this order. */
static lc_status featurise(lc__plan_session *s, size_t *rows, lc_error *err) {
    size_t n = s->candidate.n, m = s->shots.n_ops, at = 0;
    lc_status status = LC_OK;
    for (size_t i = 0; i < n && !status; i++)
        status = lc__featurise(s->candidate.net[i], &s->points[at++], err);
    for (size_t i = 0; i < m && !status; i++)
        status = lc__featurise(s->shots.nets[s->shots.n + i], &s->points[at++], err);
    for (size_t i = 0; i < s->crowd.n && !status; i++)
        status = lc__featurise(s->crowd.net[i], &s->points[at++], err);
    for (size_t i = 0; i < at; i++)
        rows[i] = i;
    return status;
}

static lc_status choose(lc__plan_session *s, const size_t *rows, double *tells, lc_error *err) {
    size_t n = s->candidate.n, m = s->shots.n_ops;
    lc__operator_selection from = {.points = s->points,
                                   .measured = rows + n,
                                   .n_measured = m,
                                   .candidates = rows,
                                   .n = n,
                                   .nets = rows + n + m,
                                   .n_nets = s->crowd.n};
    lc_status status = lc__select_operators(&from, s->n_chosen, s->chosen, tells, err);
    for (size_t i = 0; i < s->n_chosen && !status; i++)
        s->pick[i].tells = tells[i];
    return status;
}

lc_status lc__plan_operators(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc_status status = part_nets(s, err);
    size_t n = s->candidate.n;
    if (!status && (n == 0 || (r->n > 0 && (size_t)r->n > n)))
        return lc_error_set(err, LC_EUSAGE,
                            "only %zu operators of these %zu nets are left to choose from", n,
                            s->crowd.n);
    if (status)
        return status;
    s->n_chosen = r->n > 0 ? (size_t)r->n : n < LC__PLAN_DEFAULT_N ? n : LC__PLAN_DEFAULT_N;
    size_t total = n + s->shots.n_ops + s->crowd.n;
    size_t *rows = malloc(total * sizeof *rows);
    double *tells = malloc((s->n_chosen + 1) * sizeof *tells);
    s->points = malloc(total * sizeof *s->points);
    s->chosen = malloc((s->n_chosen + 1) * sizeof *s->chosen);
    s->pick = calloc(s->n_chosen + 1, sizeof *s->pick);
    if (rows && tells && s->points && s->chosen && s->pick)
        status = featurise(s, rows, err);
    else
        status = lc__no_memory(err);
    if (!status)
        status = choose(s, rows, tells, err);
    free(rows);
    free(tells);
    return status;
}
