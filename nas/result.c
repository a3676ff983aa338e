#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "cost.h"
#include "front.h"
#include "select.h"

lc_status lc__allocate_result(const lc_nas_problem *p, size_t n, lc_nas_result *out,
                              lc_error *err) {
    *out = (lc_nas_result){.n = n, .n_positions = p->n_positions, .n_costs = p->n_costs};
    out->choices = calloc(n * (size_t)p->n_positions + 1, sizeof *out->choices);
    out->accuracy = calloc(n + 1, sizeof *out->accuracy);
    out->cost = calloc(n * (size_t)p->n_costs + 1, sizeof *out->cost);
    out->front = calloc(n + 1, sizeof *out->front);
    return out->choices && out->accuracy && out->cost && out->front ? LC_OK : lc__no_memory(err);
}

void lc_nas_result_clear(lc_nas_result *result) {
    free(result->choices);
    free(result->accuracy);
    free(result->cost);
    free(result->front);
    memset(result, 0, sizeof *result);
}

/* Accuracy - sum weight * cost; whether the net is within the limits, and on target. */
static double worth(const lc_nas_problem *p, const lc_nas_result *r, size_t i, bool *within,
                    bool *on_target) {
    double sum = r->accuracy[i];
    *within = *on_target = true;
    for (int k = 0; k < p->n_costs; k++) {
        double cost = r->cost[i * (size_t)p->n_costs + (size_t)k], limit = p->costs[k].limit;
        sum -= p->costs[k].weight * cost;
        *within = *within && (limit <= 0 || cost <= limit);
        if (k == lc__target(p))
            *on_target = cost >= (1 - p->tolerance) * limit;
    }
    return sum;
}

static void find_best(const lc_nas_problem *p, lc_nas_result *r) {
    bool best_on_target = false;
    double most = -INFINITY;
    r->best = r->n;
    for (size_t i = 0; i < r->n; i++) {
        bool within, on_target;
        double here = worth(p, r, i, &within, &on_target);
        if (!within || (best_on_target && !on_target))
            continue;
        if (r->best < r->n && on_target == best_on_target && here <= most)
            continue;
        r->best = i;
        best_on_target = on_target;
        most = here;
    }
}

lc_status lc__conclude_result(const lc_nas_problem *p, lc_nas_result *r, lc_error *err) {
    size_t m = (size_t)p->n_costs + 1;
    double *value = calloc(r->n * (m + 1) + 1, sizeof *value), *violation = value + r->n * m;
    if (!value)
        return lc__no_memory(err);
    for (size_t i = 0; i < r->n; i++) {
        bool within, on_target;
        worth(p, r, i, &within, &on_target);
        violation[i] = !within;
        value[i * m] = -r->accuracy[i];
        for (size_t k = 1; k < m; k++)
            value[i * m + k] = r->cost[i * (m - 1) + k - 1];
    }
    lc__points points = {r->n, m, value, violation};
    lc_status st = lc__front(&points, r->front, &r->n_front, err);
    find_best(p, r);
    free(value);
    return st;
}

lc_status lc_nas_transfer(const lc_nas_problem *problem, const lc_nas_result *searched,
                          bool front_only, lc_nas_result *out, lc_error *err) {
    size_t n = front_only ? searched->n_front : searched->n, width;
    lc_status st = lc_nas_check(problem, err);
    if (st == LC_OK && searched->n_positions != problem->n_positions)
        st = lc_error_set(err, LC_EUSAGE, "the result is of another space");
    if (st != LC_OK)
        return st;
    width = (size_t)problem->n_positions;
    st = lc__allocate_result(problem, n, out, err);
    for (size_t i = 0; i < n && st == LC_OK; i++) {
        size_t from = front_only ? searched->front[i] : i;
        memcpy(out->choices + i * width, searched->choices + from * width,
               width * sizeof *out->choices);
        out->accuracy[i] = searched->accuracy[from];
        for (int k = 0; k < problem->n_costs && st == LC_OK; k++) {
            lc_nas_value v = {0, 0};
            st = lc_nas_cost_of(problem, k, out->choices + i * width, &v, err);
            out->cost[i * (size_t)problem->n_costs + (size_t)k] = v.upper;
        }
    }
    if (st == LC_OK)
        st = lc__conclude_result(problem, out, err);
    if (st != LC_OK)
        lc_nas_result_clear(out);
    return st;
}
