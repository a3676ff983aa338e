/* NSGA-II over accuracy and all costs. Nets that were seen are not bred again. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/rng.h"
#include "front.h"
#include "select.h"

#define POPULATION 50
#define CROSSOVER 0.9
/* Children in a row that bring nothing new before a random net is tried, and before giving up. */
#define TRIES 20
#define STALE 500

typedef struct herd {
    lc__selection *s;
    size_t size;    /* of the population; room for twice that */
    size_t *member; /* numbers of nets */
    size_t n;
    size_t *rank;
    double *crowding, *value, *violation;
    size_t *order;
} herd;

static lc_status sort(herd *h, lc_error *err) {
    const lc__selection *s = h->s;
    size_t m = (size_t)s->problem->n_costs + 1;
    for (size_t i = 0; i < h->n; i++) {
        size_t net = h->member[i];
        h->value[i * m] = -s->seen->accuracy[net];
        for (size_t k = 1; k < m; k++)
            h->value[i * m + k] = s->cost[net * (m - 1) + k - 1];
        h->violation[i] = lc__violation(s, net);
    }
    lc__points points = {h->n, m, h->value, h->violation};
    return lc__sort_fronts(&points, h->rank, h->crowding, err);
}

static int by_fitness(const void *a, const void *b, void *herd_of) {
    const herd *h = herd_of;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (h->rank[i] != h->rank[j])
        return h->rank[i] < h->rank[j] ? -1 : 1;
    if (h->crowding[i] != h->crowding[j])
        return h->crowding[i] > h->crowding[j] ? -1 : 1;
    return (i > j) - (i < j);
}

/* Keeps the best `size`. */
static lc_status survive(herd *h, lc_error *err) {
    lc_status st = sort(h, err);
    if (st != LC_OK || h->n <= h->size)
        return st;
    for (size_t i = 0; i < h->n; i++)
        h->order[i] = i;
    qsort_r(h->order, h->n, sizeof *h->order, by_fitness, h);
    for (size_t i = 0; i < h->size; i++)
        h->order[i] = h->member[h->order[i]];
    memcpy(h->member, h->order, h->size * sizeof *h->member);
    h->n = h->size;
    return sort(h, err);
}

static const int *parent(herd *h) {
    size_t a = (size_t)lc__rng_below(&h->s->rng, h->n);
    size_t b = (size_t)lc__rng_below(&h->s->rng, h->n);
    size_t winner = by_fitness(&a, &b, h) <= 0 ? a : b;
    double ignored;
    return lc_nas_accuracies_at(h->s->seen, h->member[winner], &ignored);
}

static void breed(herd *h, int *child) {
    const lc_nas_problem *p = h->s->problem;
    uint64_t *rng = &h->s->rng;
    const int *a = parent(h), *b = parent(h);
    bool cross = lc__rng_unit(rng) < CROSSOVER;
    for (int i = 0; i < p->n_positions; i++) {
        child[i] = cross && lc__rng_unit(rng) < 0.5 ? b[i] : a[i];
        if (lc__rng_unit(rng) * p->n_positions < 1)
            child[i] = (int)lc__rng_below(rng, (uint64_t)p->n_options[i]);
    }
}

/* Looks at a new net, a child or, where `founding` or none comes, a random one; *n grows if there
 * was one. */
static lc_status add_one(herd *h, bool founding, size_t *n, lc_error *err) {
    lc__selection *s = h->s;
    lc_status st = LC_OK;
    for (int i = 0; i < STALE && st == LC_OK; i++) {
        int choices[LC_NAS_MAX_POSITIONS];
        size_t number, before = s->seen->n;
        if (founding || i >= TRIES)
            lc__any_net(s, choices);
        else
            breed(h, choices);
        st = lc__look(s, choices, &number, err);
        if (st == LC_OK && s->seen->n > before) {
            h->member[(*n)++] = number;
            return LC_OK;
        }
    }
    return st;
}

static lc_status evolve(herd *h, lc_error *err) {
    lc_status st = LC_OK;
    for (size_t before = h->n; h->n < h->size && lc__go_on(h->s) && st == LC_OK; before = h->n) {
        st = add_one(h, true, &h->n, err);
        if (h->n == before)
            break;
    }
    if (st == LC_OK && h->n > 0)
        st = survive(h, err);
    while (lc__go_on(h->s) && st == LC_OK) {
        size_t n = h->n, last;
        do {
            last = n;
            st = add_one(h, false, &n, err);
        } while (st == LC_OK && n > last && n < h->n + h->size && lc__go_on(h->s));
        if (n == h->n) /* nothing new is left */
            break;
        h->n = n;
        if (st == LC_OK)
            st = survive(h, err);
    }
    return st;
}

lc_status lc__nsga2(lc__selection *selection, lc_error *err) {
    size_t size = selection->options->population ? selection->options->population : POPULATION;
    size_t room = 2 * size, m = (size_t)selection->problem->n_costs + 1;
    herd h = {.s = selection, .size = size};
    h.member = calloc(3 * room + 1, sizeof *h.member);
    h.crowding = calloc((2 + m) * room + 1, sizeof *h.crowding);
    lc_status st = h.member && h.crowding ? LC_OK : lc__no_memory(err);
    if (st == LC_OK) {
        h.rank = h.member + room;
        h.order = h.rank + room;
        h.violation = h.crowding + room;
        h.value = h.violation + room;
        st = evolve(&h, err);
    }
    free(h.member);
    free(h.crowding);
    return st;
}
