/* Dynamic programming over a knapsack's classes: after each, the partial choices that are not
 * dominated and from which the best solution could still be exceeded. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "knapsack_parts.h"

/* Partial choices at most, over all classes. */
#define STATES_MOST 1500000

typedef struct state {
    double weight, score;
    uint32_t from; /* in the list before */
    uint32_t item;
} state;

typedef struct lists {
    lc__knapsack *k;
    size_t *order; /* [n] classes, those of few items first */
    size_t *turn;  /* [n] where a class is in that */
    state *state;  /* of all lists, one after the other */
    size_t *begin; /* [n + 2] */
    size_t room;
    lc__rest rest;
} lists;

double lc__rest_bound(const lc__rest *rest, double room) {
    room -= rest->weight;
    if (room < 0)
        return -INFINITY;
    size_t low = 0, high = rest->n; /* weights[low] <= room */
    if (rest->weights[rest->n] <= room)
        return rest->score + rest->scores[rest->n];
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (rest->weights[middle] <= room)
            low = middle;
        else
            high = middle;
    }
    double weight = rest->weights[low + 1] - rest->weights[low];
    double score = rest->scores[low + 1] - rest->scores[low];
    return rest->score + rest->scores[low] + (room - rest->weights[low]) / weight * score;
}

/* What the classes from `turn` on can add. */
static void sum_rest(lists *l, size_t turn) {
    const lc__knapsack *k = l->k;
    lc__rest *r = &l->rest;
    r->weight = r->score = 0;
    r->n = 0;
    for (size_t i = turn; i < k->n; i++) {
        r->weight += k->class[l->order[i]].item[0].weight;
        r->score += k->class[l->order[i]].item[0].score;
    }
    for (size_t j = 0; j < k->n_slopes; j++) {
        const lc__slope *s = &k->slope[j];
        if (l->turn[s->class] < turn)
            continue;
        r->weights[r->n + 1] = r->weights[r->n] + s->weight;
        r->scores[r->n + 1] = r->scores[r->n] + s->score;
        r->n++;
    }
}

static int by_weight(const void *a, const void *b) {
    const state *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return (x->score < y->score) - (x->score > y->score);
}

static lc_status make_room(lists *l, size_t n, lc_error *err) {
    size_t room = l->room;
    while (room < n)
        room *= 2;
    if (room == l->room)
        return LC_OK;
    state *s = realloc(l->state, room * sizeof *s);
    if (!s)
        return lc__no_memory(err);
    l->state = s;
    l->room = room;
    return LC_OK;
}

/* The list after class order[turn]; *full when there are too many. */
static lc_status extend(lists *l, size_t turn, bool *full, lc_error *err) {
    const lc__knapsack *k = l->k;
    const lc__class *c = &k->class[l->order[turn]];
    size_t first = l->begin[turn], end = l->begin[turn + 1], n = end;
    lc_status st = LC_OK;
    sum_rest(l, turn + 1);
    for (size_t o = 0; o < c->n && st == LC_OK && !*full; o++) {
        st = make_room(l, n + (end - first), err);
        for (size_t i = first; i < end && st == LC_OK; i++) {
            double weight = l->state[i].weight + c->item[o].weight;
            double score = l->state[i].score + c->item[o].score;
            if (score + lc__rest_bound(&l->rest, k->limit - weight) > k->score + LC__EQUAL_SCORES)
                l->state[n++] = (state){weight, score, (uint32_t)(i - first), (uint32_t)o};
        }
        *full = n > STATES_MOST;
    }
    if (st != LC_OK || *full)
        return st;
    qsort(l->state + end, n - end, sizeof *l->state, by_weight);
    size_t kept = end;
    for (size_t i = end; i < n; i++)
        if (kept == end || l->state[i].score > l->state[kept - 1].score)
            l->state[kept++] = l->state[i];
    l->begin[turn + 2] = kept;
    return st;
}

/* The last list's best, if any: it is better than what there was. */
static void take_best(lists *l) {
    lc__knapsack *k = l->k;
    size_t first = l->begin[k->n], end = l->begin[k->n + 1];
    if (first == end)
        return;
    size_t at = end - 1; /* scores rise */
    k->weight = l->state[at].weight;
    k->score = l->state[at].score;
    for (size_t turn = k->n; turn-- > 0;) {
        const state *s = &l->state[at];
        k->best[l->order[turn]] = s->item;
        at = l->begin[turn] + s->from;
    }
}

typedef struct by_size {
    size_t n, class;
} by_size;

static int fewest_first(const void *a, const void *b) {
    const by_size *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    return (x->class > y->class) - (x->class < y->class);
}

static void put_in_order(lists *l, by_size *sizes) {
    for (size_t i = 0; i < l->k->n; i++)
        sizes[i] = (by_size){l->k->class[i].n, i};
    qsort(sizes, l->k->n, sizeof *sizes, fewest_first);
    for (size_t i = 0; i < l->k->n; i++) {
        l->order[i] = sizes[i].class;
        l->turn[sizes[i].class] = i;
    }
}

static lc_status run(lists *l, bool *proven, lc_error *err) {
    size_t n = l->k->n;
    bool full = false;
    lc_status st = LC_OK;
    l->state[0] = (state){0, 0, 0, 0};
    l->begin[1] = 1;
    for (size_t turn = 0; turn < n && st == LC_OK && !full; turn++)
        st = extend(l, turn, &full, err);
    if (st != LC_OK || full)
        return st;
    take_best(l);
    *proven = true;
    return st;
}

lc_status lc__knapsack_lists(lc__knapsack *k, bool *proven, lc_error *err) {
    lists l = {.k = k, .room = 1024};
    by_size *sizes = calloc(k->n, sizeof *sizes);
    l.order = calloc(3 * k->n + 2, sizeof *l.order);
    l.state = calloc(l.room, sizeof *l.state);
    l.rest.weights = calloc(2 * (k->n_slopes + 1), sizeof *l.rest.weights);
    lc_status st = sizes && l.order && l.state && l.rest.weights ? LC_OK : lc__no_memory(err);
    if (st == LC_OK) {
        l.turn = l.order + k->n;
        l.begin = l.turn + k->n;
        l.rest.scores = l.rest.weights + k->n_slopes + 1;
        put_in_order(&l, sizes);
        st = run(&l, proven, err);
    }
    free(sizes);
    free(l.order);
    free(l.state);
    free(l.rest.weights);
    return st;
}
