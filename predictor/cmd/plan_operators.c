/* A plan of single operators: those of some nets, each once, that tell most of these nets, or
 * all. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ops/spaces/sweep.h"
#include "plan.h"

/* Adds the operators of a net that are not known: neither inputs nor what takes no input. */
static lc_status add_operators(lc__plan_session *s, const lc_net *net, lc_error *err) {
    lc_status status = LC_OK;
    for (int i = 0; i < lc_net_size(net) && !status; i++) {
        lc_net *one = NULL;
        bool added = false;
        if (lc_net_node(net, i)->n_inputs == 0)
            continue;
        status = lc_net_operator(net, i, &one, err);
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

static lc_status choose_some(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    size_t n = s->candidate.n;
    s->n_chosen = r->n > 0 ? (size_t)r->n : n < LC__PLAN_DEFAULT_N ? n : LC__PLAN_DEFAULT_N;
    size_t total = n + s->shots.n_ops + s->crowd.n;
    size_t *rows = malloc(total * sizeof *rows);
    double *tells = malloc((s->n_chosen + 1) * sizeof *tells);
    s->points = malloc(total * sizeof *s->points);
    s->chosen = malloc((s->n_chosen + 1) * sizeof *s->chosen);
    s->pick = calloc(s->n_chosen + 1, sizeof *s->pick);
    lc_status status = LC_OK;
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

static lc_status visit(void *ctx, int position, int option, const lc_net *net, lc_error *err) {
    (void)position, (void)option;
    return add_operators(ctx, net, err);
}

/* The operators of a whole space: sweeps from random nets until none is new. One sweep is enough
 * where an operator depends on one choice alone. */
static lc_status sweep_space(lc__plan_session *s, uint64_t seed, lc_error *err) {
    enum { CALM = 3, MOST = 200 }; /* sweeps without anything new that end it; sweeps at most */
    int base[LC_NET_MAX_CHOICES];
    lc_status status = LC_OK;
    for (int sweep = 0, calm = 0; sweep < MOST && calm < CALM && !status; sweep++) {
        size_t before = s->candidate.n;
        lc_space_random(s->space, &seed, base);
        status = lc__space_sweep(s->space, base, visit, s, err);
        calm = s->candidate.n > before ? 0 : calm + 1;
    }
    return status;
}

lc_status lc__plan_all_operators(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc_status status = r->arch.n > 0 ? part_nets(s, err) : sweep_space(s, (uint64_t)r->seed, err);
    return status ? status : lc__plan_take_all(s, err);
}

lc_status lc__plan_operators(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc_status status = part_nets(s, err);
    size_t n = s->candidate.n;
    if (!status && (n == 0 || (r->n > 0 && (size_t)r->n > n)))
        return lc_error_set(err, LC_EUSAGE,
                            "only %zu operators of these %zu nets are left to choose from", n,
                            s->crowd.n);
    return status ? status : choose_some(r, s, err);
}
