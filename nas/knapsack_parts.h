/* Inside of knapsack.h. */
#ifndef NAS_KNAPSACK_PARTS_H
#define NAS_KNAPSACK_PARTS_H

#include "program_lp.h"

typedef struct lc__item {
    double weight, score;
    int choice;
} lc__item;

/* The options of a position that could be part of a solution: by rising weight and score. */
typedef struct lc__class {
    lc__item *item;
    size_t n;
} lc__class;

/* A step from one item of a class to a heavier one, as far as a mixture of them goes. */
typedef struct lc__slope {
    double weight, score;
    size_t class, to;
} lc__slope;

typedef struct lc__knapsack {
    size_t n; /* classes */
    double limit;
    lc__class *class;
    lc__item *items;  /* [places], behind the classes */
    lc__slope *slope; /* [n_slopes], steepest first */
    size_t n_slopes;
    double bound;         /* of the relaxation */
    double price;         /* score for a unit of weight there */
    size_t *best;         /* [n] item of each class in the best solution so far */
    double weight, score; /* of that */
} lc__knapsack;

/* The most that classes first.. of order[] can score within `room`: the relaxation's value, from
 * slopes that are summed up once. */
typedef struct lc__rest {
    double weight, score;     /* of the lightest items */
    double *weights, *scores; /* [n + 1] sums over the first slopes */
    size_t n;
} lc__rest;
double lc__rest_bound(const lc__rest *rest, double room);

/* Improves the best solution by changing two classes at a time, until that does not help. */
void lc__knapsack_pairs(lc__knapsack *knapsack);

/* The same by two groups of classes at a time, drawn at random: `tries` of them. */
lc_status lc__knapsack_groups(lc__knapsack *knapsack, uint64_t *rng, int tries, lc_error *err);

/* All solutions that could be better, by lists of partial ones: whether the best one is proven so.
 */
lc_status lc__knapsack_lists(lc__knapsack *knapsack, bool *proven, lc_error *err);

/* Whether nothing can score more than the best solution does. */
static inline bool lc__knapsack_done(const lc__knapsack *k) {
    return k->bound <= k->score + LC__EQUAL_SCORES;
}

#endif
