#include "front.h"

#include <math.h>
#include <stdlib.h>
#include "base/memory.h"

static const double *point(const lc__points *p, size_t i) {
    return p->value + i * p->m;
}

static bool no_worse(const lc__points *p, size_t i, size_t j, bool *better) {
    *better = false;
    for (size_t k = 0; k < p->m; k++) {
        double a = point(p, i)[k], b = point(p, j)[k];
        if (a > b)
            return false;
        *better = *better || a < b;
    }
    return true;
}

bool lc__dominates(const lc__points *p, size_t i, size_t j) {
    bool better;
    if (p->violation[i] != p->violation[j])
        return p->violation[i] < p->violation[j];
    return p->violation[i] > 0 ? false : no_worse(p, i, j, &better) && better;
}

/* By one objective; equals by number. */
typedef struct by_key {
    const lc__points *points;
    size_t first;
} by_key;

static int compare(const void *a, const void *b, void *key) {
    const by_key *by = key;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    for (size_t k = 0; k < by->points->m; k++) {
        size_t objective = (by->first + k) % by->points->m;
        double x = point(by->points, i)[objective], y = point(by->points, j)[objective];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (i > j) - (i < j);
}

static void crowd(const lc__points *p, size_t *member, size_t n, double *crowding) {
    for (size_t k = 0; k < p->m; k++) {
        by_key by = {p, k};
        qsort_r(member, n, sizeof *member, compare, &by);
        double low = point(p, member[0])[k], high = point(p, member[n - 1])[k];
        crowding[member[0]] = crowding[member[n - 1]] = INFINITY;
        for (size_t i = 1; i + 1 < n && high > low; i++)
            crowding[member[i]] +=
                (point(p, member[i + 1])[k] - point(p, member[i - 1])[k]) / (high - low);
    }
}

lc_status lc__sort_fronts(const lc__points *p, size_t *rank, double *crowding, lc_error *err) {
    size_t *count = calloc(2 * p->n + 1, sizeof *count), *member = count + p->n;
    if (!count)
        return lc__no_memory(err);
    for (size_t i = 0; i < p->n; i++) {
        crowding[i] = 0;
        rank[i] = p->n;
        for (size_t j = 0; j < p->n; j++)
            count[i] += lc__dominates(p, j, i);
    }
    for (size_t front = 0, left = p->n; left > 0; front++) {
        size_t n = 0;
        for (size_t i = 0; i < p->n; i++)
            if (rank[i] == p->n && count[i] == 0) {
                rank[i] = front;
                member[n++] = i;
            }
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < p->n; j++)
                if (rank[j] == p->n && lc__dominates(p, member[i], j))
                    count[j]--;
        crowd(p, member, n, crowding);
        left -= n;
    }
    free(count);
    return LC_OK;
}

lc_status lc__front(const lc__points *p, size_t *front, size_t *n_front, lc_error *err) {
    size_t *order = calloc(p->n + 1, sizeof *order), n = 0;
    if (!order)
        return lc__no_memory(err);
    for (size_t i = 0; i < p->n; i++)
        if (!(p->violation[i] > 0))
            order[n++] = i;
    /* Whoever dominates a point comes before it. */
    by_key first = {p, 0}, second = {p, p->m > 1};
    qsort_r(order, n, sizeof *order, compare, &first);
    *n_front = 0;
    for (size_t i = 0; i < n; i++) {
        bool beaten = false, better;
        for (size_t k = *n_front; k-- > 0 && !beaten;)
            beaten = no_worse(p, front[k], order[i], &better);
        if (!beaten)
            front[(*n_front)++] = order[i];
    }
    qsort_r(front, *n_front, sizeof *front, compare, &second);
    free(order);
    return LC_OK;
}

/* Points as (accuracy, cost), for sorting. */
static int by_cost(const void *a, const void *b) {
    const double *x = a, *y = b;
    return x[1] != y[1] ? (x[1] > y[1]) - (x[1] < y[1]) : (x[0] < y[0]) - (x[0] > y[0]);
}

double lc_nas_hypervolume(const double *accuracy, const double *cost, size_t n,
                          double least_accuracy, double most_cost) {
    double *pair = calloc(2 * n + 1, sizeof *pair), area = 0, reached = least_accuracy;
    if (!pair)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        pair[2 * i] = accuracy[i];
        pair[2 * i + 1] = cost[i];
    }
    qsort(pair, n, 2 * sizeof *pair, by_cost);
    for (size_t i = 0; i < n; i++) {
        double a = pair[2 * i], c = pair[2 * i + 1];
        if (a <= reached || c >= most_cost)
            continue;
        area += (a - reached) * (most_cost - c);
        reached = a;
    }
    free(pair);
    return area;
}
