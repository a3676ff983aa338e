/* Better solutions of a knapsack by changing few of its classes. */
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/rng.h"
#include "knapsack_parts.h"

/* Combinations of a group at most. */
#define LIST_MOST 50000

static const lc__item *taken(const lc__knapsack *k, size_t class) {
    return &k->class[class].item[k->best[class]];
}

static void take(lc__knapsack *k, size_t class, size_t item) {
    const lc__item *old = taken(k, class), *new = &k->class[class].item[item];
    k->weight += new->weight - old->weight;
    k->score += new->score - old->score;
    k->best[class] = item;
}

/* The best items of two classes within the room they have; both are in order of weight and score.
 */
static bool change_pair(lc__knapsack *k, size_t i, size_t j) {
    const lc__class *a = &k->class[i], *b = &k->class[j];
    double room = k->limit - k->weight + taken(k, i)->weight + taken(k, j)->weight;
    double most = taken(k, i)->score + taken(k, j)->score + LC__EQUAL_SCORES;
    size_t left = b->n, to_i = 0, to_j = 0;
    bool better = false;
    for (size_t o = 0; o < a->n && left > 0; o++) {
        while (left > 0 && a->item[o].weight + b->item[left - 1].weight > room)
            left--;
        if (left > 0 && a->item[o].score + b->item[left - 1].score > most) {
            most = a->item[o].score + b->item[left - 1].score;
            to_i = o;
            to_j = left - 1;
            better = true;
        }
    }
    if (better) {
        take(k, i, to_i);
        take(k, j, to_j);
    }
    return better;
}

void lc__knapsack_pairs(lc__knapsack *k) {
    bool better = k->n > 1;
    while (better && !lc__knapsack_done(k)) {
        better = false;
        for (size_t i = 0; i < k->n; i++)
            for (size_t j = i + 1; j < k->n; j++)
                better |= change_pair(k, i, j);
    }
}

/* An item of each of some classes: their numbers as the digits of `code`, the last class's first.
 */
typedef struct combination {
    double weight, score;
    size_t code;
} combination;

/* Classes that are changed together. */
typedef struct group {
    size_t *class, n;
    combination *list; /* [LIST_MOST], by weight and score, none dominated */
    size_t length;
} group;

static int by_weight(const void *a, const void *b) {
    const combination *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return (x->score < y->score) - (x->score > y->score);
}

/* Every entry of the list with every item of a class, in place: from the end, which is not read
 * again. */
static void cross(group *g, const lc__class *c) {
    for (size_t i = g->length; i-- > 0;) {
        combination from = g->list[i];
        for (size_t o = c->n; o-- > 0;)
            g->list[i * c->n + o] =
                (combination){from.weight + c->item[o].weight, from.score + c->item[o].score,
                              from.code * c->n + o};
    }
    g->length *= c->n;
}

/* Lists combinations of classes as they come, up to LIST_MOST; returns how many classes it took. */
static size_t fill_group(const lc__knapsack *k, size_t *class, size_t n, group *g) {
    size_t kept = 0;
    g->class = class;
    g->n = 0;
    g->length = 1;
    g->list[0] = (combination){0, 0, 0};
    while (g->n < n && g->length * k->class[class[g->n]].n <= LIST_MOST)
        cross(g, &k->class[class[g->n++]]);
    qsort(g->list, g->length, sizeof *g->list, by_weight);
    for (size_t i = 0; i < g->length; i++)
        if (kept == 0 || g->list[i].score > g->list[kept - 1].score)
            g->list[kept++] = g->list[i];
    g->length = kept;
    return g->n;
}

static void take_group(lc__knapsack *k, const group *g, const combination *c) {
    size_t code = c->code;
    for (size_t i = g->n; i-- > 0;) {
        size_t items = k->class[g->class[i]].n;
        take(k, g->class[i], code % items);
        code /= items;
    }
}

/* Adds what the best solution takes of a group. */
static void add_taken(const lc__knapsack *k, const group *g, double *weight, double *score) {
    for (size_t i = 0; i < g->n; i++) {
        *weight += taken(k, g->class[i])->weight;
        *score += taken(k, g->class[i])->score;
    }
}

/* The best combinations of both groups within the room they have. */
static void change_groups(lc__knapsack *k, const group *a, const group *b) {
    double room = k->limit - k->weight, most = LC__EQUAL_SCORES;
    const combination *x = NULL, *y = NULL;
    size_t left = b->length;
    add_taken(k, a, &room, &most);
    add_taken(k, b, &room, &most);
    for (size_t i = 0; i < a->length && left > 0; i++) {
        while (left > 0 && a->list[i].weight + b->list[left - 1].weight > room)
            left--;
        if (left > 0 && a->list[i].score + b->list[left - 1].score > most) {
            most = a->list[i].score + b->list[left - 1].score;
            x = &a->list[i];
            y = &b->list[left - 1];
        }
    }
    if (!x)
        return;
    take_group(k, a, x);
    take_group(k, b, y);
}

lc_status lc__knapsack_groups(lc__knapsack *k, uint64_t *rng, int tries, lc_error *err) {
    combination *lists = malloc((size_t)2 * LIST_MOST * sizeof *lists);
    size_t *order = calloc(k->n, sizeof *order);
    group a = {.list = lists}, b = {.list = lists + LIST_MOST};
    lc_status st = lists && order ? LC_OK : lc__no_memory(err);
    for (size_t i = 0; i < k->n && st == LC_OK; i++)
        order[i] = i;
    for (int t = 0; t < tries && st == LC_OK && !lc__knapsack_done(k); t++) {
        for (size_t i = 0; i + 1 < k->n; i++) {
            size_t j = i + (size_t)lc__rng_below(rng, k->n - i), keep = order[i];
            order[i] = order[j];
            order[j] = keep;
        }
        size_t first = fill_group(k, order, k->n, &a);
        fill_group(k, order + first, k->n - first, &b);
        change_groups(k, &a, &b);
    }
    free(lists);
    free(order);
    return st;
}
