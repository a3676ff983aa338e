/* The relaxation by slopes (Sinha and Zoltners, The multiple-choice knapsack problem, Operations
 * Research 27, 1979): at every position the options on the upper hull of score over weight, their
 * steps taken steepest first. Its rounding and exchanges give a good solution; with that most
 * options cannot be part of a better one, and of the rest all partial choices are listed. */
#include "knapsack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/now.h"
#include "knapsack_parts.h"

/* Rounds of lists that grew too long and of exchanges that could shorten them. */
#define ROUNDS 24
#define LISTS_EVERY 6
#define TRIES 4

static int by_weight(const void *a, const void *b) {
    const lc__item *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->choice > y->choice) - (x->choice < y->choice);
}

/* Leaves out what is heavier and scores no more. */
static void fill_classes(const lc__scaled *s, lc__knapsack *k) {
    const lc_nas_problem *p = s->program->problem;
    lc__item *item = k->items;
    size_t place = 0;
    for (size_t i = 0; i < k->n; i++) {
        size_t options = (size_t)p->n_options[i], kept = 0;
        for (size_t o = 0; o < options; o++)
            item[o] = (lc__item){s->row[place + o], s->score[place + o], (int)o};
        qsort(item, options, sizeof *item, by_weight);
        for (size_t o = 0; o < options; o++)
            if (kept == 0 || item[o].score > item[kept - 1].score)
                item[kept++] = item[o];
        k->class[i] = (lc__class){item, kept};
        item += kept;
        place += options;
    }
}

static double steepness(const lc__item *from, const lc__item *to) {
    return (to->score - from->score) / (to->weight - from->weight);
}

/* The hull's steps: those that are less steep than the ones after them are joined. */
static void add_slopes(lc__knapsack *k, size_t class) {
    const lc__item *item = k->class[class].item;
    size_t first = k->n_slopes, from = 0;
    for (size_t o = 1; o < k->class[class].n; o++) {
        while (k->n_slopes > first) {
            const lc__slope *last = &k->slope[k->n_slopes - 1];
            if (last->score / last->weight > steepness(&item[last->to], &item[o]))
                break;
            k->n_slopes--;
        }
        from = k->n_slopes > first ? k->slope[k->n_slopes - 1].to : 0;
        k->slope[k->n_slopes++] = (lc__slope){item[o].weight - item[from].weight,
                                              item[o].score - item[from].score, class, o};
    }
}

static int by_steepness(const void *a, const void *b) {
    const lc__slope *x = a, *y = b;
    /* By the quotients that add_slopes() put the steps of a class in order by: rounded otherwise,
     * nearly equal ones could come out of it. */
    double x_steep = x->score / x->weight, y_steep = y->score / y->weight;
    if (x_steep != y_steep)
        return x_steep > y_steep ? -1 : 1;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

/* The relaxation, and the solution that takes whole steps as they fit, a class at its first that
 * does not being left there. */
static void relax(lc__knapsack *k) {
    bool full = false;
    size_t *stuck = k->best + k->n; /* [n] */
    k->weight = k->score = 0;
    memset(k->best, 0, 2 * k->n * sizeof *k->best);
    for (size_t i = 0; i < k->n; i++) {
        k->weight += k->class[i].item[0].weight;
        k->score += k->class[i].item[0].score;
    }
    k->bound = k->score;
    k->price = 0;
    for (size_t j = 0; j < k->n_slopes; j++) {
        const lc__slope *s = &k->slope[j];
        bool fits = !stuck[s->class] && k->weight + s->weight <= k->limit;
        if (!full && !fits) {
            full = true;
            k->price = s->score / s->weight;
            k->bound = k->score + (k->limit - k->weight) * k->price;
        }
        if (fits) {
            k->weight += s->weight;
            k->score += s->score;
            k->best[s->class] = s->to;
        }
        stuck[s->class] |= !fits;
    }
    if (!full)
        k->bound = k->score;
}

/* Leaves out the items that no better solution takes: with the relaxation's price each costs it so
 * much at least. Those of the best solution stay. */
static void reduce(lc__knapsack *k) {
    for (size_t i = 0; i < k->n; i++) {
        lc__class *c = &k->class[i];
        double most = -INFINITY;
        size_t kept = 0, best = 0;
        for (size_t o = 0; o < c->n; o++)
            most = fmax(most, c->item[o].score - k->price * c->item[o].weight);
        for (size_t o = 0; o < c->n; o++) {
            double off = c->item[o].score - k->price * c->item[o].weight - most;
            if (o == k->best[i])
                best = kept;
            else if (k->bound + off <= k->score + LC__EQUAL_SCORES)
                continue;
            c->item[kept++] = c->item[o];
        }
        c->n = kept;
        k->best[i] = best;
    }
    k->n_slopes = 0;
    for (size_t i = 0; i < k->n; i++)
        add_slopes(k, i);
    qsort(k->slope, k->n_slopes, sizeof *k->slope, by_steepness);
}

/* `seconds` 0: no end. */
static lc_status solve(lc__knapsack *k, double seconds, bool *proven, lc_error *err) {
    double end = seconds > 0 ? lc__now() + seconds : INFINITY;
    uint64_t rng = 1;
    lc_status st = LC_OK;
    *proven = false;
    for (size_t i = 0; i < k->n; i++)
        add_slopes(k, i);
    qsort(k->slope, k->n_slopes, sizeof *k->slope, by_steepness);
    relax(k);
    for (int i = 0; i < ROUNDS && st == LC_OK && !*proven && lc__now() < end; i++) {
        lc__knapsack_pairs(k);
        if (lc__knapsack_done(k))
            *proven = true;
        else if (i % LISTS_EVERY == 0) {
            reduce(k);
            st = lc__knapsack_lists(k, proven, err);
        }
        if (st == LC_OK && !*proven)
            st = lc__knapsack_groups(k, &rng, TRIES, err);
    }
    *proven = *proven || lc__knapsack_done(k);
    return st;
}

static lc_status allocate(const lc__scaled *s, lc__knapsack *k, lc_error *err) {
    size_t places = lc_nas_place(s->program->problem, s->program->problem->n_positions);
    k->class = calloc(k->n, sizeof *k->class);
    k->items = calloc(places, sizeof *k->items);
    k->slope = calloc(places, sizeof *k->slope);
    k->best = calloc(2 * k->n, sizeof *k->best);
    return k->class && k->items && k->slope && k->best ? LC_OK : lc__no_memory(err);
}

static void clear(lc__knapsack *k) {
    free(k->class);
    free(k->items);
    free(k->slope);
    free(k->best);
}

lc_status lc__knapsack_solve(const lc__scaled *scaled, int *choices, double *value, double *bound,
                             lc__lp_result *result, lc_error *err) {
    lc__knapsack k = {.n = (size_t)scaled->program->problem->n_positions, .limit = scaled->high[0]};
    bool proven = false;
    *result = LC__LP_NONE;
    lc_status st = allocate(scaled, &k, err);
    if (st == LC_OK)
        fill_classes(scaled, &k);
    double lightest = 0;
    for (size_t i = 0; i < k.n && st == LC_OK; i++)
        lightest += k.class[i].item[0].weight;
    if (st == LC_OK && lightest <= k.limit) {
        st = solve(&k, scaled->program->seconds, &proven, err);
        *result = proven ? LC__LP_OPTIMAL : LC__LP_SOME;
        *value = k.score;
        *bound = proven ? k.score : k.bound;
        for (size_t i = 0; i < k.n; i++)
            choices[i] = k.class[i].item[k.best[i]].choice;
    }
    clear(&k);
    return st;
}
