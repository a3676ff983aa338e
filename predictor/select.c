#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "design.h"
#include "model.h"

/* Of more candidates the first so many are looked at, or as many as are asked for. */
#define CANDIDATES_MAX 2000
/* Up to this many nets are chosen by uncertainty alone; half of the rest are medoids. */
#define NO_MEDOIDS 10

static const struct {
    const char *name, *about;
} methods[LC__METHODS] = {
#define METHOD_ROW(name, about) {#name, about},
    LC__METHOD_MAP(METHOD_ROW)
#undef METHOD_ROW
};

const char *lc__method_name(lc__method method) {
    return methods[method].name;
}

const char *lc__method_about(lc__method method) {
    return methods[method].about;
}

lc_status lc__method_find(const char *option, const char *name, lc__method *out, lc_error *err) {
    char list[200] = "";
    for (int i = 0; i < LC__METHODS; i++) {
        *out = (lc__method)i;
        if (!strcmp(name, methods[i].name))
            return LC_OK;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
                 methods[i].name);
    }
    lc_error_set(err, LC_EUSAGE, "--%s is one of %s, not \"%.40s\"", option, list, name);
    return LC_EUSAGE;
}

/* ---- multiply-accumulates ---- */

typedef struct sized {
    double work;
    size_t index;
} sized;

static int by_work(const void *a, const void *b) {
    const sized *x = a, *y = b;
    if (x->work != y->work)
        return x->work < y->work ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static double work_of(const lc__point *point) {
    double totals[LC__TOTALS];
    lc__totals(point->x + LC__VARIANT_RAW * LC__VARIANT_FEATURES, totals);
    return totals[LC__TOTAL_WORK];
}

/* The middle of each of k equally populated classes of size. */
static lc_status choose_by_work(const lc__selection *from, size_t k, size_t *chosen,
                                lc_error *err) {
    sized *order = malloc(from->n * sizeof *order);
    if (!order)
        return lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", from->n);
    for (size_t i = 0; i < from->n; i++)
        order[i] = (sized){work_of(&from->points[from->candidates[i]]), i};
    qsort(order, from->n, sizeof *order, by_work);
    for (size_t i = 0; i < k; i++)
        chosen[i] = order[(2 * i + 1) * from->n / (2 * k)].index;
    free(order);
    return LC_OK;
}

/* ---- by the design ---- */

static size_t least_certain(const lc__design *d) {
    size_t best = d->n_open;
    for (size_t i = 0; i < d->n_open; i++)
        if (!d->taken[i] && (best == d->n_open || d->variance[i] > d->variance[best]))
            best = i;
    return best;
}

/* m medoids, which are typical nets, then greedily the net whose forecast would be the least
 * certain (D-optimal design). Medoids alone miss the extremes that a regression needs, extremes
 * alone tell little about the crowd. No measured value is used. */
static lc_status choose_in_design(lc__design *d, size_t m, size_t k, size_t *chosen,
                                  lc_error *err) {
    lc_status st = m ? lc__design_medoids(d, m, chosen, err) : LC_OK;
    if (st != LC_OK)
        return st;
    for (size_t i = 0; i < k; i++) {
        /* Clusters of equal nets may elect the same medoid. */
        if (i >= m || d->taken[chosen[i]])
            chosen[i] = least_certain(d);
        lc__design_take(d, chosen[i]);
    }
    return LC_OK;
}

static size_t medoids_of_plan(const lc__selection *from, size_t k) {
    return from->n_measured == 0 && k > NO_MEDOIDS ? (k - NO_MEDOIDS) / 2 : 0;
}

lc_status lc__select(const lc__selection *from, lc__method method, size_t k, size_t *chosen,
                     lc_error *err) {
    if (k > from->n)
        return lc_error_set(err, LC_EUSAGE, "%zu nets cannot be chosen from %zu", k, from->n);
    for (size_t i = 0; i < k; i++)
        chosen[i] = i;
    if (k == 0 || method == LC__METHOD_random)
        return LC_OK;
    if (method == LC__METHOD_macs)
        return choose_by_work(from, k, chosen, err);
    size_t most = k > CANDIDATES_MAX ? k : CANDIDATES_MAX, n_open = from->n < most ? from->n : most;
    lc__design d;
    lc_status st = lc__design_init(&d, from, n_open, k, err);
    if (st == LC_OK)
        st = choose_in_design(&d, method == LC__METHOD_kmeans ? k : medoids_of_plan(from, k), k,
                              chosen, err);
    lc__design_clear(&d);
    return st;
}
