/* The loop of a tile, for any vectors and any term. Rows x vectors of sums stay in registers while
 * the depth runs by, then go through memory to be finished. Before including this define
 *
 *     lc__sum, lc__weight_v, lc__input_v            types that fit a register
 *     LC__SUM_LANES                                 outputs in an lc__sum
 *     LC__TILE_ROWS, LC__TILE_VECS                  the largest tile
 *     LC__STEP_BYTES                                of input that one step of the depth takes
 *     lc__sum lc__tile_start(const lc__tile *, size_t first)   of outputs from `first` on
 *     lc__weight_v lc__tile_weight(const char *)    LC__SUM_LANES outputs, one step
 *     lc__input_v lc__tile_input(const char *)      one step of one pixel, for every lane
 *     lc__sum lc__tile_term(lc__sum, lc__input_v, lc__weight_v)
 *     void lc__tile_finish(const lc__tile *, const lc__sum *, int rows, int vecs), or another one
 *                                                   named by LC__TILE_DONE
 *
 * the functions as LC__INLINE but for the last, which works on sums[rows][vecs] in memory; with
 * LC__TILE_CLAMPS defined, full tiles whose finish only clamps are stored from registers instead.
 * It follows: lc__tile_run() and, by LC__TILE_FN, an lc__tile_fn.
 */
#ifndef KERNELS_CONV_TILE_LOOP_H
#define KERNELS_CONV_TILE_LOOP_H

#include "kernels/conv/tile.h"

#ifndef LC__TILE_DONE
#define LC__TILE_DONE lc__tile_finish
#endif

#define LC__WEIGHT_BYTES sizeof(lc__weight_v)

/* One step of the depth. Every third row has its own pointer: enough for the address modes of any
 * machine, few enough for its registers. */
LC__INLINE void lc__tile_step(lc__sum sums[LC__TILE_ROWS][LC__TILE_VECS],
                              const char *p[(LC__TILE_ROWS + 2) / 3], size_t stride, const char *w,
                              int rows, int vecs) {
    lc__weight_v weights[LC__TILE_VECS];
#pragma GCC unroll 8
    for (int v = 0; v < vecs; v++) {
        weights[v] = lc__tile_weight(w + (size_t)v * LC__WEIGHT_BYTES);
    }
#pragma GCC unroll 32
    for (int r = 0; r < rows; r++) {
        lc__input_v x = lc__tile_input(p[r / 3] + (size_t)(r % 3) * stride);
#pragma GCC unroll 8
        for (int v = 0; v < vecs; v++) {
            sums[r][v] = lc__tile_term(sums[r][v], x, weights[v]);
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < (rows + 2) / 3; i++) {
        p[i] += LC__STEP_BYTES;
        __asm__("" : "+r"(p[i])); /* or the compiler makes a pointer of its own for every row */
    }
}

#ifdef LC__TILE_CLAMPS
/* Finishes a full tile whose finish only clamps. */
LC__INLINE void lc__tile_store(const lc__tile *t, lc__sum sums[LC__TILE_ROWS][LC__TILE_VECS],
                               int rows, int vecs) {
    char *y = t->y;
    const size_t stride = t->y_stride; /* for all the compiler knows, a store might change *t */
#pragma GCC unroll 8
    for (int v = 0; v < vecs; v++) {
        lc__column c = lc__column_of(t, v, LC__SUM_LANES);
#pragma GCC unroll 32
        for (int r = 0; r < rows; r++) {
            lc__finish_clamped(&c, sums[r][v], y + (size_t)r * stride);
        }
    }
}
#endif

LC__INLINE void lc__tile_run(const lc__tile *t, int rows, int vecs) {
    lc__sum sums[LC__TILE_ROWS][LC__TILE_VECS], done[LC__TILE_ROWS * LC__TILE_VECS];
    const char *w = t->weights;
#pragma GCC unroll 32
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 8
        for (int v = 0; v < vecs; v++) {
            sums[r][v] = lc__tile_start(t, (size_t)v * LC__SUM_LANES);
        }
    }
    for (size_t s = 0; s < t->segments; s++) {
        const char *p[(LC__TILE_ROWS + 2) / 3];
#pragma GCC unroll 16
        for (int i = 0; i < (rows + 2) / 3; i++) {
            p[i] = t->x[s] + (size_t)(3 * i) * t->x_stride;
        }
        for (size_t k = 0; k < t->length; k += LC__STEP_BYTES) {
            lc__tile_step(sums, p, t->x_stride, w, rows, vecs);
            w += LC__TILE_VECS * LC__WEIGHT_BYTES;
        }
    }
#ifdef LC__TILE_CLAMPS
    if (t->finish.clamp.all && t->lanes == (size_t)vecs * LC__SUM_LANES) {
        lc__tile_store(t, sums, rows, vecs);
        return;
    }
#endif
#pragma GCC unroll 32
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 8
        for (int v = 0; v < vecs; v++) {
            done[r * vecs + v] = sums[r][v];
        }
    }
    LC__TILE_DONE(t, done, rows, vecs);
}

/* LC__TILE_FN(name, LC__ROWS_14) defines lc__tile_fn `name`: a function for every number of rows,
 * narrow tiles, with outputs for one vector only, apart. */
#define LC__TILE_FN(name, rows_map)                                                                \
    rows_map(LC__TILE_OF_ROWS) static void name(const lc__tile *t, int rows) {                     \
        static lc__tile_of_rows *const functions[] = {rows_map(LC__TILE_ENTRY)};                   \
        functions[rows - 1](t);                                                                    \
    }
#define LC__TILE_OF_ROWS(rows)                                                                     \
    static __attribute__((noinline)) void lc__tile_##rows(const lc__tile *t) {                     \
        if (t->lanes <= LC__SUM_LANES) {                                                           \
            lc__tile_run(t, rows, 1);                                                              \
        } else {                                                                                   \
            lc__tile_run(t, rows, LC__TILE_VECS);                                                  \
        }                                                                                          \
    }
#define LC__TILE_ENTRY(rows) lc__tile_##rows,
#define LC__ROWS_4(X) X(1) X(2) X(3) X(4)
#define LC__ROWS_5(X) LC__ROWS_4(X) X(5)
#define LC__ROWS_6(X) LC__ROWS_5(X) X(6)
#define LC__ROWS_8(X) LC__ROWS_6(X) X(7) X(8)
#define LC__ROWS_12(X) LC__ROWS_8(X) X(9) X(10) X(11) X(12)
#define LC__ROWS_14(X) LC__ROWS_12(X) X(13) X(14)

typedef void lc__tile_of_rows(const lc__tile *t);

#endif
