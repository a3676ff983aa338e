/* Better solutions of a knapsack by changing few of its classes. */
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/rng.h"
#include "knapsack_parts.h"

/* Lists of pairs are cut to so many. */
#define PAIRS_MOST 60000

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

/* Two items of two classes. */
typedef struct two {
    double weight, score;
    size_t first, second;
} two;

static int by_weight(const void *a, const void *b) {
    const two *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return (x->score < y->score) - (x->score > y->score);
}

/* All pairs of items of two classes that are not dominated, by weight; returns how many. */
static size_t list_pairs(const lc__knapsack *k, size_t i, size_t j, two *out) {
    size_t n = 0, kept = 0;
    for (size_t a = 0; a < k->class[i].n; a++)
        for (size_t b = 0; b < k->class[j].n && n < PAIRS_MOST; b++) {
            const lc__item *x = &k->class[i].item[a], *y = &k->class[j].item[b];
            out[n++] = (two){x->weight + y->weight, x->score + y->score, a, b};
        }
    qsort(out, n, sizeof *out, by_weight);
    for (size_t a = 0; a < n; a++)
        if (kept == 0 || out[a].score > out[kept - 1].score)
            out[kept++] = out[a];
    return kept;
}

static void change_four(lc__knapsack *k, const size_t class[4], two *a, two *b) {
    size_t n = list_pairs(k, class[0], class[1], a), left = list_pairs(k, class[2], class[3], b);
    double room = k->limit - k->weight, most = LC__EQUAL_SCORES;
    const two *x = NULL, *y = NULL;
    for (int i = 0; i < 4; i++) {
        room += taken(k, class[i])->weight;
        most += taken(k, class[i])->score;
    }
    for (size_t o = 0; o < n && left > 0; o++) {
        while (left > 0 && a[o].weight + b[left - 1].weight > room)
            left--;
        if (left > 0 && a[o].score + b[left - 1].score > most) {
            most = a[o].score + b[left - 1].score;
            x = &a[o];
            y = &b[left - 1];
        }
    }
    if (!x)
        return;
    take(k, class[0], x -> first);
    take(k, class[1], x -> second);
    take(k, class[2], y -> first);
    take(k, class[3], y -> second);
}

lc_status lc__knapsack_fours(lc__knapsack *k, uint64_t *rng, int tries, lc_error *err) {
    two *lists = k->n >= 4 ? malloc(2 * PAIRS_MOST * sizeof *lists) : NULL;
    if (k->n < 4)
        return LC_OK;
    if (!lists)
        return lc__no_memory(err);
    for (int t = 0; t < tries && !lc__knapsack_done(k); t++) {
        size_t class[4];
        for (int i = 0; i < 4; i++) {
            class[i] = (size_t)lc__rng_below(rng, k->n);
            for (int j = 0; j < i; j++)
                if (class[j] == class[i]) {
                    i--;
                    break;
                }
        }
        change_four(k, class, lists, lists + PAIRS_MOST);
    }
    free(lists);
    return LC_OK;
}
