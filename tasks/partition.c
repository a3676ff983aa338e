#include "tasks/partition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"

enum { STARTS = 40, RANDOM_SPLITS = 1000 };

/* What a pair weighs more for each split that it was cut in before. */
#define REUSE 0.3

typedef struct search {
    const lc__agreement *graph;
    const lc__partition_options *options;
    size_t n;
    uint64_t rng;
    double *weight;                /* [n][n] rho, and what earlier splits add to it */
    double *to_source, *to_target; /* [n] what a vertex's edges to each side weigh */
    bool *locked;                  /* [n] */
    size_t *swaps;                 /* [n][2] of a pass */
    lc__side *side;                /* [n] */
} search;

static double cost(const search *s, size_t i, size_t j) {
    return s->weight[i * s->n + j];
}

/* A random split: the first places of a shuffle. */
static void scatter(search *s, lc__side *side) {
    const lc__partition_options *o = s->options;
    for (size_t i = 0; i < s->n; i++)
        side[i] = i < o->n_sources                  ? LC__SIDE_SOURCE
                  : i < o->n_sources + o->n_targets ? LC__SIDE_TARGET
                                                    : LC__SIDE_NONE;
    for (size_t i = 0; i + 1 < s->n; i++) {
        size_t j = i + (size_t)lc__rng_below(&s->rng, s->n - i);
        lc__side keep = side[i];
        side[i] = side[j];
        side[j] = keep;
    }
}

static void measure_pull(search *s) {
    for (size_t i = 0; i < s->n; i++) {
        s->to_source[i] = s->to_target[i] = 0;
        for (size_t j = 0; j < s->n; j++) {
            if (j == i)
                continue;
            if (s->side[j] == LC__SIDE_SOURCE)
                s->to_source[i] += cost(s, i, j);
            else if (s->side[j] == LC__SIDE_TARGET)
                s->to_target[i] += cost(s, i, j);
        }
    }
}

/* The weight of the edges that would be cut at vertex i if it were on this side. */
static double cut_at(const search *s, size_t i, lc__side side) {
    return side == LC__SIDE_SOURCE   ? s->to_target[i]
           : side == LC__SIDE_TARGET ? s->to_source[i]
                                     : 0;
}

/* By how much less is cut when i and j, on different sides, change places. Between the two sides
 * their own edge, which stays cut, is in both pulls before and in neither after. */
static double gain(const search *s, size_t i, size_t j) {
    lc__side a = s->side[i], b = s->side[j];
    double before = cut_at(s, i, a) + cut_at(s, j, b);
    double after = cut_at(s, i, b) + cut_at(s, j, a);
    bool both = a != LC__SIDE_NONE && b != LC__SIDE_NONE;
    return before - after - (both ? 2 * cost(s, i, j) : 0);
}

static void exchange(search *s, size_t i, size_t j) {
    lc__side keep = s->side[i];
    s->side[i] = s->side[j];
    s->side[j] = keep;
}

/* The best exchange of vertices that are free to move; false if there is none. */
static bool best_exchange(const search *s, size_t *a, size_t *b, double *most) {
    bool found = false;
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = i + 1; j < s->n && !s->locked[i]; j++) {
            if (s->locked[j] || s->side[i] == s->side[j])
                continue;
            double g = gain(s, i, j);
            if (found && g <= *most)
                continue;
            found = true;
            *most = g;
            *a = i;
            *b = j;
        }
    }
    return found;
}

/* One pass of Kernighan and Lin: every vertex moves once at most, also at a loss, and the exchanges
 * are kept up to where they had gained most. False if they gained nothing. */
static bool pass(search *s) {
    double sum = 0, most = 1e-9, g = 0;
    size_t made = 0, kept = 0, a = 0, b = 0;
    memset(s->locked, 0, s->n * sizeof *s->locked);
    for (measure_pull(s); best_exchange(s, &a, &b, &g); measure_pull(s)) {
        exchange(s, a, b);
        s->locked[a] = s->locked[b] = true;
        s->swaps[2 * made] = a;
        s->swaps[2 * made + 1] = b;
        made++;
        sum += g;
        if (sum > most) {
            most = sum;
            kept = made;
        }
    }
    while (made > kept) {
        made--;
        exchange(s, s->swaps[2 * made], s->swaps[2 * made + 1]);
    }
    return kept > 0;
}

/* Mean of value[n][n] over the pairs from side a to side b; 1 if there are none. */
static double mean_over(const double *value, size_t n, const lc__side *side, lc__side a,
                        lc__side b) {
    double sum = 0;
    size_t pairs = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (i == j || side[i] != a || side[j] != b)
                continue;
            sum += value[i * n + j];
            pairs++;
        }
    }
    return pairs ? sum / (double)pairs : 1;
}

static bool is_known(const search *s, const lc__split *known, size_t n_known) {
    for (size_t k = 0; k < n_known; k++)
        if (!memcmp(known[k].side, s->side, s->n * sizeof *s->side))
            return true;
    return false;
}

/* Leaves the best split that is none of known[n_known] in *split, from random starts; false if each
 * led to a known one. */
static bool try_starts(search *s, const lc__split *known, size_t n_known, bool refine,
                       lc__split *split) {
    double least = INFINITY;
    for (int start = 0; start < STARTS; start++) {
        scatter(s, s->side);
        while (refine && pass(s))
            ;
        double mean = mean_over(s->weight, s->n, s->side, LC__SIDE_SOURCE, LC__SIDE_TARGET);
        if (mean >= least || is_known(s, known, n_known))
            continue;
        least = mean;
        memcpy(split->side, s->side, s->n * sizeof *s->side);
    }
    return least < INFINITY;
}

static void finish_split(search *s, lc__split *split) {
    const double *rho = s->graph->rho;
    const lc__side *side = split->side;
    split->between = mean_over(rho, s->n, side, LC__SIDE_SOURCE, LC__SIDE_TARGET);
    split->within_sources = mean_over(rho, s->n, side, LC__SIDE_SOURCE, LC__SIDE_SOURCE);
    split->within_targets = mean_over(rho, s->n, side, LC__SIDE_TARGET, LC__SIDE_TARGET);
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->n; j++)
            if (side[i] == LC__SIDE_SOURCE && side[j] == LC__SIDE_TARGET) {
                s->weight[i * s->n + j] += REUSE;
                s->weight[j * s->n + i] += REUSE;
            }
}

static void compare_with_random(search *s, lc__partition *out) {
    out->random_mean = 0;
    out->random_least = INFINITY;
    for (int k = 0; k < RANDOM_SPLITS; k++) {
        scatter(s, s->side);
        double mean = mean_over(s->graph->rho, s->n, s->side, LC__SIDE_SOURCE, LC__SIDE_TARGET);
        out->random_mean += mean / RANDOM_SPLITS;
        out->random_least = fmin(out->random_least, mean);
    }
}

/* How many splits there are: n! / (sources! targets! rest!). */
static double count_splits(size_t n, const lc__partition_options *o) {
    double count = 1;
    for (size_t i = 0; i < o->n_sources; i++)
        count *= (double)(n - i) / (double)(i + 1);
    for (size_t i = 0; i < o->n_targets; i++)
        count *= (double)(n - o->n_sources - i) / (double)(i + 1);
    return count;
}

static lc_status find(search *s, lc__partition *out, lc_error *err) {
    compare_with_random(s, out);
    for (size_t k = 0; k < s->options->n_splits; k++) {
        lc__split *split = &out->split[k];
        split->side = calloc(s->n, sizeof *split->side);
        if (!split->side)
            return lc__no_memory(err);
        out->n_splits++;
        /* Where few splits are any good, all starts may lead to these; then one as it falls. */
        bool found = try_starts(s, out->split, k, true, split);
        while (!found)
            found = try_starts(s, out->split, k, false, split);
        finish_split(s, split);
    }
    return LC_OK;
}

static lc_status check_sizes(size_t n, const lc__partition_options *o, lc_error *err) {
    size_t needed = o->n_sources + o->n_targets;
    if (n < needed) {
        lc_error_set(err, LC_EINFEASIBLE,
                     "%zu source%s and %zu target%s take %zu devices, there %s %zu", o->n_sources,
                     o->n_sources == 1 ? "" : "s", o->n_targets, o->n_targets == 1 ? "" : "s",
                     needed, n == 1 ? "is" : "are", n);
        return LC_EINFEASIBLE;
    }
    if ((double)o->n_splits > count_splits(n, o) + 0.5) {
        lc_error_set(err, LC_EINFEASIBLE,
                     "%zu devices give only %.0f different splits into %zu and %zu, not %zu", n,
                     count_splits(n, o), o->n_sources, o->n_targets, o->n_splits);
        return LC_EINFEASIBLE;
    }
    return LC_OK;
}

static lc_status open_search(search *s, lc_error *err) {
    size_t n = s->n;
    s->weight = malloc(n * n * sizeof *s->weight);
    s->to_source = malloc(n * sizeof *s->to_source);
    s->to_target = malloc(n * sizeof *s->to_target);
    s->locked = malloc(n * sizeof *s->locked);
    s->swaps = malloc(2 * n * sizeof *s->swaps);
    s->side = malloc(n * sizeof *s->side);
    if (!s->weight || !s->to_source || !s->to_target || !s->locked || !s->swaps || !s->side)
        return lc__no_memory(err);
    memcpy(s->weight, s->graph->rho, n * n * sizeof *s->weight);
    return LC_OK;
}

static void close_search(search *s) {
    free(s->weight);
    free(s->to_source);
    free(s->to_target);
    free(s->locked);
    free(s->swaps);
    free(s->side);
}

lc_status lc__partition_find(const lc__agreement *agreement, const lc__partition_options *options,
                             lc__partition *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    lc_status st = check_sizes(agreement->n, options, err);
    if (st != LC_OK)
        return st;
    search s = {.graph = agreement, .options = options, .n = agreement->n, .rng = options->seed};
    out->split = calloc(options->n_splits + 1, sizeof *out->split);
    st = out->split ? open_search(&s, err) : lc__no_memory(err);
    if (st == LC_OK)
        st = find(&s, out, err);
    close_search(&s);
    return st;
}

void lc__partition_clear(lc__partition *partition) {
    for (size_t i = 0; i < partition->n_splits; i++)
        free(partition->split[i].side);
    free(partition->split);
    memset(partition, 0, sizeof *partition);
}
