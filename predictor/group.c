/* Statistics of sets of nets. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "linalg.h"
#include "model.h"

lc_status lc__group_alloc(const lc__core *core, lc__group *group, lc_error *err) {
    size_t size = lc__embed_size(core);
    memset(group, 0, sizeof *group);
    group->mean = lc__doubles(2, size, err);
    if (!group->mean)
        return LC_ENOMEM;
    group->variance = group->mean + size;
    return LC_OK;
}

void lc__group_clear(lc__group *group) {
    free(group->mean);
    memset(group, 0, sizeof *group);
}

static void add_deviation(lc__group *g, size_t size, const double *e) {
    for (size_t j = 0; j < size; j++)
        g->variance[j] += (e[j] - g->mean[j]) * (e[j] - g->mean[j]) / g->count;
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        size_t at = LC__EMBED_TOTALS + v * LC__TOTALS;
        for (size_t i = 0; i < LC__TOTALS; i++)
            for (size_t j = 0; j < LC__TOTALS; j++)
                g->covariance[v][i * LC__TOTALS + j] +=
                    (e[at + i] - g->mean[at + i]) * (e[at + j] - g->mean[at + j]) / g->count;
    }
}

lc_status lc__group_measure(const lc__core *core, const lc__points *points, const size_t *rows,
                            size_t n, lc__group *out, lc_error *err) {
    lc_status st = lc__group_alloc(core, out, err);
    if (st != LC_OK)
        return st;
    double e[LC__EMBED_MAX];
    lc__point room;
    size_t size = lc__embed_size(core);
    out->space = lc__points_space(points, rows[0]);
    out->count = (double)n;
    for (size_t i = 0; i < n; i++) {
        lc__embed(core, lc__points_at(points, rows[i], &room), e);
        lc__axpy(size, 1 / out->count, e, out->mean);
    }
    for (size_t i = 0; i < n; i++) {
        lc__embed(core, lc__points_at(points, rows[i], &room), e);
        add_deviation(out, size, e);
    }
    return LC_OK;
}

static int by_space(const void *a, const void *b, void *context) {
    const lc__points *points = context;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    uint64_t of_i = lc__points_space(points, i), of_j = lc__points_space(points, j);
    if (of_i != of_j)
        return of_i < of_j ? -1 : 1;
    return (i > j) - (i < j);
}

void lc__rows_by_space(const lc__points *points, const size_t *rows, size_t n, size_t *order,
                       size_t *n_unique) {
    size_t kept = 0;
    if (n > 0) {
        memcpy(order, rows, n * sizeof *order);
        qsort_r(order, n, sizeof *order, by_space, (void *)(uintptr_t)points);
    }
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || order[kept - 1] != order[i])
            order[kept++] = order[i];
    *n_unique = kept;
}
