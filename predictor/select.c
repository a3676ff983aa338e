#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "design.h"
#include "model.h"

/* Of more candidates the first so many are looked at, or as many as are asked for. */
#define CANDIDATES_MAX 2000
/* Fewer where that takes longer: a posterior is made anew for every choice, clusters again and
 * again. */
#define SLOW_MAX 1000
/* The first so many nets of a device are extremes. */
#define EXTREMES 10

static const char *const names[LC__METHODS] = {
#define METHOD_NAME(name) #name,
    LC__METHOD_MAP(METHOD_NAME)
#undef METHOD_NAME
};

const char *lc__method_name(lc__method method) {
    return names[method];
}

lc_status lc__method_find(const char *option, const char *name, lc__method *out, lc_error *err) {
    char list[200] = "";
    for (int i = 0; i < LC__METHODS; i++) {
        *out = (lc__method)i;
        if (!strcmp(name, names[i]))
            return LC_OK;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
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
    lc__totals(point->x + (size_t)LC__VARIANT_RAW * LC__VARIANT_FEATURES, totals);
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

/* What choosing candidate i next is worth. Greedy designs go by the net's own variance v (maximum
 * determinant) or by the fall of the variance of all (integrated variance). The former picks
 * extremes, which the slopes of a regression need and which tell little about the crowd, the latter
 * shuns them. First come extremes; then the fall times sqrt(v), which lies between the two
 * (docs/selection.md has the figures). */
static double worth(const lc__design *d, const lc__selection *from, bool first, size_t i) {
    double variance = fmax(d->cov[i * d->n + i], 0) + d->noise[i];
    double w = first ? variance : lc__design_gain(d, i) * sqrt(variance);
    return from->seconds ? w / from->seconds[i] : w;
}

/* n_open if none is left that can be afforded. Nets that compute the same as one that is taken come
 * last of all. */
static size_t best_of(const lc__design *d, const lc__selection *from, const bool *taken, bool first,
                      double left_s) {
    size_t best = d->n_open;
    double most = -INFINITY;
    for (size_t i = 0; i < d->n_open; i++) {
        if (taken[i] || (from->seconds && from->seconds[i] > left_s))
            continue;
        double w = d->closed[i] ? -1 : worth(d, from, first, i);
        if (w > most) {
            most = w;
            best = i;
        }
    }
    return best;
}

static lc_status choose_greedily(lc__design *d, const lc__selection *from, size_t *k,
                                 size_t *chosen, lc_error *err) {
    bool *taken = calloc(d->n_open + 1, sizeof *taken);
    double left_s = from->budget_s;
    size_t at = 0;
    if (!taken)
        return lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", d->n_open);
    for (; at < *k; at++) {
        bool first = from->n_measured + at < EXTREMES;
        size_t best = best_of(d, from, taken, first, left_s);
        if (best == d->n_open)
            break;
        chosen[at] = best;
        taken[best] = true;
        lc__design_take(d, best);
        left_s -= from->seconds ? from->seconds[best] : 0;
    }
    *k = at;
    free(taken);
    return LC_OK;
}

/* Medoids; what equal nets leave open is filled up by the first candidates that are left. */
static lc_status choose_medoids(const lc__design *d, size_t k, size_t *chosen, lc_error *err) {
    bool *taken = calloc(d->n_open + 1, sizeof *taken);
    if (!taken)
        return lc_error_set(err, LC_ENOMEM, "out of memory for %zu candidates", d->n_open);
    lc_status st = lc__design_medoids(d, k, chosen, err);
    size_t next = 0;
    for (size_t i = 0; i < k && st == LC_OK; i++) {
        while (taken[chosen[i]])
            chosen[i] = next++;
        taken[chosen[i]] = true;
    }
    free(taken);
    return st;
}

lc_status lc__select(const lc__selection *from, lc__method method, size_t *k, size_t *chosen,
                     lc_error *err) {
    if (*k > from->n)
        return lc_error_set(err, LC_EUSAGE, "%zu nets cannot be chosen from %zu", *k, from->n);
    for (size_t i = 0; i < *k; i++)
        chosen[i] = i;
    if (*k == 0 || method == LC__METHOD_random)
        return LC_OK;
    if (method == LC__METHOD_macs)
        return choose_by_work(from, *k, chosen, err);
    bool adapted = method == LC__METHOD_active;
    size_t most = method == LC__METHOD_plan ? CANDIDATES_MAX : SLOW_MAX;
    lc_predictor *predictor;
    lc__design d;
    lc_status st = lc__design_make(&d, from, adapted, *k > most ? *k : most, &predictor, err);
    if (st == LC_OK)
        st = method == LC__METHOD_kmeans ? choose_medoids(&d, *k, chosen, err)
                                         : choose_greedily(&d, from, k, chosen, err);
    lc__design_clear(&d);
    lc_predictor_free(predictor);
    return st;
}
