/* The loops of adder_kernels.h for the vectors of vector.h. A file of an instruction set defines
 * LC__DISTANCE_ROWS and LC__PULL_ROWS, at most LC__ADDER_ROWS, so that sums, weights and whatever
 * else a step needs fit its registers, includes this and ends with LC__ADDER_KERNELS().
 *
 * A step of `distance` is a subtraction, a mask and a subtraction for each vector of results, one
 * of `pull` a subtraction, a clip and a multiply-add.
 */
#ifndef TRAIN_ADDER_LOOPS_H
#define TRAIN_ADDER_LOOPS_H

#include "adder_kernels.h"
#include "vector.h"

enum { VECS = 2 };

/* Floats of n vectors. */
#define LANES_OF(n) ((size_t)(n)*LC__LANES)

/* Lanes of vector v that a tile has. */
LC__ALWAYS int lanes_in(const lc__adder_tile *t, int v) {
    int left = t->lanes - v * LC__LANES;
    return left < LC__LANES ? left : LC__LANES;
}

LC__ALWAYS void distance_of(const lc__adder_tile *t, int vecs) {
    lc__vec sums[LC__DISTANCE_ROWS][VECS] = {{{0}}};
    for (int s = 0; s < t->segments; s++) {
        const float *x[LC__DISTANCE_ROWS], *w = t->weights[s];
#pragma GCC unroll 8
        for (int r = 0; r < LC__DISTANCE_ROWS; r++)
            x[r] = t->sources[s * LC__DISTANCE_ROWS + r] + t->offset;
        for (int k = 0; k < t->depth; k++, w += LANES_OF(VECS)) {
            lc__vec weights[VECS];
#pragma GCC unroll 2
            for (int v = 0; v < vecs; v++)
                weights[v] = lc__vec_load(w + LANES_OF(v));
#pragma GCC unroll 8
            for (int r = 0; r < LC__DISTANCE_ROWS; r++) {
                lc__vec one = lc__vec_set(x[r][k]);
#pragma GCC unroll 2
                for (int v = 0; v < vecs; v++)
                    sums[r][v] -= lc__vec_abs(one - weights[v]);
            }
        }
    }
    lc__vec done[LC__DISTANCE_ROWS]
                [VECS]; /* indexed by variables, which would keep sums in memory */
#pragma GCC unroll 8
    for (int r = 0; r < LC__DISTANCE_ROWS; r++) {
#pragma GCC unroll 2
        for (int v = 0; v < vecs; v++)
            done[r][v] = sums[r][v];
    }
    for (int r = 0; r < LC__DISTANCE_ROWS; r++)
        for (int v = 0; v < vecs; v++)
            lc__vec_store_n(t->out[r] + LANES_OF(v), done[r][v], lanes_in(t, v));
}

LC__ALWAYS void pull_of(const lc__adder_tile *t, int vecs) {
    lc__vec sums[LC__PULL_ROWS][VECS] = {{{0}}}, centres[LC__PULL_ROWS][VECS];
#pragma GCC unroll 8
    for (int r = 0; r < LC__PULL_ROWS; r++) {
#pragma GCC unroll 2
        for (int v = 0; v < vecs; v++)
            centres[r][v] = lc__vec_load_n(t->centres[r] + LANES_OF(v), lanes_in(t, v));
    }
    for (int s = 0; s < t->segments; s++) {
        const float *dz[LC__PULL_ROWS], *w = t->weights[s];
#pragma GCC unroll 8
        for (int r = 0; r < LC__PULL_ROWS; r++)
            dz[r] = t->sources[s * LC__PULL_ROWS + r] + t->offset;
        for (int k = 0; k < t->depth; k++, w += LANES_OF(VECS)) {
            lc__vec weights[VECS];
#pragma GCC unroll 2
            for (int v = 0; v < vecs; v++)
                weights[v] = lc__vec_load(w + LANES_OF(v));
#pragma GCC unroll 8
            for (int r = 0; r < LC__PULL_ROWS; r++) {
                lc__vec one = lc__vec_set(dz[r][k]);
#pragma GCC unroll 2
                for (int v = 0; v < vecs; v++)
                    sums[r][v] += one * lc__vec_clip(weights[v] - centres[r][v]);
            }
        }
    }
    lc__vec done[LC__PULL_ROWS][VECS]; /* indexed by variables, which would keep sums in memory */
#pragma GCC unroll 8
    for (int r = 0; r < LC__PULL_ROWS; r++) {
#pragma GCC unroll 2
        for (int v = 0; v < vecs; v++)
            done[r][v] = sums[r][v];
    }
    for (int r = 0; r < LC__PULL_ROWS; r++)
        for (int v = 0; v < vecs; v++)
            lc__vec_store_n(t->out[r] + LANES_OF(v), done[r][v], lanes_in(t, v));
}

/* Narrow tiles, with results for one vector only, take half the time. */
static void distance(const lc__adder_tile *t) {
    if (t->lanes <= LC__LANES)
        distance_of(t, 1);
    else
        distance_of(t, VECS);
}

static void pull(const lc__adder_tile *t) {
    if (t->lanes <= LC__LANES)
        pull_of(t, 1);
    else
        pull_of(t, VECS);
}

/* Vectors of channels that go through the taps together. */
enum { STRIP = 4 };

/* `vecs` vectors of channels from c on, of n lanes each. */
LC__ALWAYS void pixel_distance_at(const lc__adder_pixel *p, int c, int vecs, int n) {
    lc__vec sums[STRIP] = {{0}};
    for (int t = 0; t < p->taps; t++) {
        const float *x = p->sources[t] + c, *w = p->weights[t] + c;
#pragma GCC unroll 4
        for (int v = 0; v < vecs; v++)
            sums[v] -= lc__vec_abs(lc__vec_load_n(x + LANES_OF(v), n) -
                                   lc__vec_load_n(w + LANES_OF(v), n));
    }
#pragma GCC unroll 4
    for (int v = 0; v < vecs; v++)
        lc__vec_store_n(p->out + c + LANES_OF(v), sums[v], n);
}

LC__ALWAYS void pixel_pull_at(const lc__adder_pixel *p, int c, int vecs, int n) {
    lc__vec sums[STRIP] = {{0}}, centres[STRIP];
#pragma GCC unroll 4
    for (int v = 0; v < vecs; v++)
        centres[v] = lc__vec_load_n(p->centre + c + LANES_OF(v), n);
    for (int t = 0; t < p->taps; t++) {
        const float *dz = p->sources[t] + c, *w = p->weights[t] + c;
#pragma GCC unroll 4
        for (int v = 0; v < vecs; v++)
            sums[v] += lc__vec_load_n(dz + LANES_OF(v), n) *
                       lc__vec_clip(lc__vec_load_n(w + LANES_OF(v), n) - centres[v]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < vecs; v++)
        lc__vec_store_n(p->out + c + LANES_OF(v), sums[v], n);
}

typedef void pixel_fn(const lc__adder_pixel *p, int c, int vecs, int n);

/* All channels: strips, then single vectors, then what is left. */
LC__ALWAYS void each_channel(const lc__adder_pixel *p, pixel_fn *at) {
    int c = 0;
    for (; c + STRIP * LC__LANES <= p->channels; c += STRIP * LC__LANES)
        at(p, c, STRIP, LC__LANES);
    for (; c + LC__LANES <= p->channels; c += LC__LANES)
        at(p, c, 1, LC__LANES);
    if (c < p->channels)
        at(p, c, 1, p->channels - c);
}

static void pixel_distance(const lc__adder_pixel *p) {
    each_channel(p, pixel_distance_at);
}

static void pixel_pull(const lc__adder_pixel *p) {
    each_channel(p, pixel_pull_at);
}

#define LC__ADDER_KERNELS(set)                                                                     \
    const lc__adder_kernels lc__adder_##set = {                                                    \
        .name = #set,                                                                              \
        .width = VECS * LC__LANES,                                                                 \
        .distance_rows = LC__DISTANCE_ROWS,                                                        \
        .pull_rows = LC__PULL_ROWS,                                                                \
        .distance = distance,                                                                      \
        .pull = pull,                                                                              \
        .pixel_distance = pixel_distance,                                                          \
        .pixel_pull = pixel_pull,                                                                  \
    }

#endif
