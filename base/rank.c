#include "base/rank.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b, void *values) {
    const double *v = values;
    double x = v[*(const size_t *)a], y = v[*(const size_t *)b];
    return (x > y) - (x < y);
}

static void sort_order(const double *x, size_t n, size_t *order) {
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    qsort_r(order, n, sizeof *order, by_value, (void *)(uintptr_t)x);
}

/* End of the run of values equal to that at `from` in the sorted sequence x[order[.]]. */
static size_t tie_end(const double *x, const size_t *order, size_t from, size_t n) {
    size_t to = from + 1;
    while (to < n && x[order[to]] <= x[order[from]])
        to++;
    return to;
}

void lc__ranks(const double *x, size_t n, size_t *order, double *rank) {
    sort_order(x, n, order);
    for (size_t i = 0; i < n;) {
        size_t end = tie_end(x, order, i, n);
        double shared = 0.5 * (double)(i + 1 + end); /* the mean of ranks i + 1 .. end */
        for (; i < end; i++)
            rank[order[i]] = shared;
    }
}

static double pearson(const double *x, const double *y, size_t n) {
    double mean_x = 0, mean_y = 0;
    for (size_t i = 0; i < n; i++) {
        mean_x += x[i] / (double)n;
        mean_y += y[i] / (double)n;
    }
    double xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        double dx = x[i] - mean_x, dy = y[i] - mean_y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

double lc__spearman(const double *x, const double *y, size_t n) {
    if (n < 2)
        return 0;
    size_t *order = malloc(n * sizeof *order);
    double *rank = malloc(2 * n * sizeof *rank);
    double rho = NAN;
    if (order && rank) {
        lc__ranks(x, n, order, rank);
        lc__ranks(y, n, order, rank + n);
        /* Distinct ranks differ by 1/2 at least: a variance of exactly 0 means a constant side. */
        rho = pearson(rank, rank + n, n);
    }
    free(order);
    free(rank);
    return rho;
}

/* Pairs among n equal things. */
static double pairs(size_t n) {
    return 0.5 * (double)n * ((double)n - 1);
}

/* Sorts v[n] ascending by merging, with scratch[n]; returns the number of exchanges that
 * neighbour-by-neighbour sorting would have made. */
static double merge_exchanges(double *v, double *scratch, size_t n) {
    if (n < 2)
        return 0;
    size_t half = n / 2;
    double exchanges =
        merge_exchanges(v, scratch, half) + merge_exchanges(v + half, scratch, n - half);
    size_t left = 0, right = half;
    for (size_t k = 0; k < n; k++) {
        bool take_right = left == half || (right < n && v[right] < v[left]);
        if (take_right && left < half)
            exchanges += (double)(half - left);
        scratch[k] = take_right ? v[right++] : v[left++];
    }
    memcpy(v, scratch, n * sizeof *v);
    return exchanges;
}

/* Pairs tied within runs of equal sorted v[n]. */
static double tied_pairs(const double *v, size_t n) {
    double tied = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && v[end] <= v[i])
            end++;
        tied += pairs(end - i);
        i = end;
    }
    return tied;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double tau_b(const double *x, const double *y, size_t n, size_t *order, double *sorted_y,
                    double *scratch) {
    sort_order(x, n, order);
    for (size_t i = 0; i < n; i++)
        sorted_y[i] = y[order[i]];
    double tied_x = 0, tied_both = 0;
    for (size_t i = 0; i < n;) {
        size_t end = tie_end(x, order, i, n);
        qsort(sorted_y + i, end - i, sizeof *sorted_y, ascending);
        tied_x += pairs(end - i);
        tied_both += tied_pairs(sorted_y + i, end - i);
        i = end;
    }
    double discordant = merge_exchanges(sorted_y, scratch, n);
    double tied_y = tied_pairs(sorted_y, n), all = pairs(n);
    double scale = sqrt(all - tied_x) * sqrt(all - tied_y);
    return scale > 0 ? (all - tied_x - tied_y + tied_both - 2 * discordant) / scale : 0;
}

double lc__kendall(const double *x, const double *y, size_t n) {
    if (n < 2)
        return 0;
    size_t *order = malloc(n * sizeof *order);
    double *values = malloc(2 * n * sizeof *values);
    double tau = order && values ? tau_b(x, y, n, order, values, values + n) : NAN;
    free(order);
    free(values);
    return tau;
}
