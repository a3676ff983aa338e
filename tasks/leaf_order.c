/* Like devices side by side: the leaves of a clustering. */
#include "tasks/agreement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Clusters in the making. */
typedef struct forest {
    size_t n;         /* clusters left */
    size_t *start;    /* [n + 1] where a cluster's devices begin in `order` */
    double *nearness; /* [n][n] mean rho between clusters, rows `room` apart */
    size_t room;
    size_t *order, *scratch; /* [devices] */
} forest;

static double near(const forest *f, size_t i, size_t j) {
    return f->nearness[i * f->room + j];
}

/* The two nearest clusters, *a < *b. */
static void nearest_pair(const forest *f, size_t *a, size_t *b) {
    *a = 0;
    *b = 1;
    for (size_t i = 0; i < f->n; i++)
        for (size_t j = i + 1; j < f->n; j++)
            if (near(f, i, j) > near(f, *a, *b)) {
                *a = i;
                *b = j;
            }
}

static void reverse(size_t *x, size_t n) {
    for (size_t i = 0; i < n / 2; i++) {
        size_t keep = x[i];
        x[i] = x[n - 1 - i];
        x[n - 1 - i] = keep;
    }
}

/* Turns the two clusters so that the ends that meet are the most alike. */
static void turn(const lc__agreement *g, size_t *left, size_t n_left, size_t *right,
                 size_t n_right) {
    double best = -2;
    int how = 0;
    for (int k = 0; k < 4; k++) {
        size_t l = k & 1 ? left[0] : left[n_left - 1], r = k & 2 ? right[n_right - 1] : right[0];
        double rho = g->rho[l * g->n + r];
        if (rho > best) {
            best = rho;
            how = k;
        }
    }
    if (how & 1)
        reverse(left, n_left);
    if (how & 2)
        reverse(right, n_right);
}

/* Merges cluster b into a < b: b's devices move behind a's. */
static void merge(const lc__agreement *g, forest *f, size_t a, size_t b) {
    size_t na = f->start[a + 1] - f->start[a], nb = f->start[b + 1] - f->start[b];
    size_t *left = f->order + f->start[a], *right = f->order + f->start[b];
    size_t between = f->start[b] - f->start[a + 1];
    turn(g, left, na, right, nb);
    memcpy(f->scratch, right, nb * sizeof *right);
    memmove(left + na + nb, left + na, between * sizeof *left);
    memcpy(left + na, f->scratch, nb * sizeof *left);
    for (size_t k = 0; k < f->n; k++) {
        double mean = ((double)na * near(f, a, k) + (double)nb * near(f, b, k)) / (double)(na + nb);
        f->nearness[a * f->room + k] = f->nearness[k * f->room + a] = mean;
    }
    for (size_t k = a + 1; k < b; k++)
        f->start[k] += nb;
    memmove(f->start + b, f->start + b + 1, (f->n - b) * sizeof *f->start);
    for (size_t i = 0; i < f->n; i++) {
        double *row = f->nearness + i * f->room;
        memmove(row + b, row + b + 1, (f->n - b - 1) * sizeof *row);
    }
    memmove(f->nearness + b * f->room, f->nearness + (b + 1) * f->room,
            (f->n - b - 1) * f->room * sizeof *f->nearness);
    f->n--;
}

lc_status lc__agreement_order(const lc__agreement *agreement, size_t *order, lc_error *err) {
    size_t n = agreement->n;
    forest f = {.n = n, .room = n, .order = order};
    f.start = malloc((n + 2) * sizeof *f.start);
    f.nearness = malloc((n * n + 1) * sizeof *f.nearness);
    f.scratch = malloc((n + 1) * sizeof *f.scratch);
    lc_status st = f.start && f.nearness && f.scratch ? LC_OK : lc__no_memory(err);
    if (st == LC_OK) {
        for (size_t i = 0; i <= n; i++)
            f.start[i] = i;
        for (size_t i = 0; i < n; i++)
            order[i] = i;
        for (size_t i = 0; i < n * n; i++)
            f.nearness[i] = isnan(agreement->rho[i]) ? 0 : agreement->rho[i];
        while (f.n > 1) {
            size_t a, b;
            nearest_pair(&f, &a, &b);
            merge(agreement, &f, a, b);
        }
    }
    free(f.start);
    free(f.nearness);
    free(f.scratch);
    return st;
}
