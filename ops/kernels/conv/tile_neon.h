/* The loop of a tile for NEON, where tile_loop.h would leave half of the speed: 16 bytes of a
 * pixel's input are loaded at once and used lane by lane, and a sum may be kept in parts of another
 * type. tile_neon_dup.h and tile_neon_lane.h are built on it. Before including this define
 *
 *     LC__TILE_ROWS, LC__TILE_VECS    the largest tile, of 2, 4 or 8 rows: [rows][vecs] vectors
 *     LC__TILE_SUMS                   vectors of 4 sums of a row, in the end
 *     LC__GROUP_BYTES, LC__GROUP_WEIGHTS    of a row's input and of weights, for a group of steps
 *     LC__STEP_BYTES, LC__STEP_WEIGHTS      the same for one step
 *     LC__TILE_MOST                   bytes of a row's input after which parts must be added to the
 *                                     sums, a multiple of the group's; SIZE_MAX if they hold all
 *     lc__part                        a vector of parts, [vecs] of them for a row
 *     lc__sum, lc__tile_start()       as in tile_loop.h, as is lc__tile_finish()
 *     lc__sum lc__tile_sum(parts, i)  vector number `i` of a row's sums, from its parts
 *     void lc__tile_group(parts, x, k, w, rows)    adds a group of steps: row r's input is at
 *                                     x[r] + k
 *     void lc__tile_step(parts, x, k, w, rows)     adds one step
 *
 * all functions but lc__tile_finish() as LC__INLINE. It follows lc__tile_any(), an lc__tile_fn. */
#ifndef KERNELS_CONV_TILE_NEON_H
#define KERNELS_CONV_TILE_NEON_H

#include "kernels/conv/tile.h"

/* `bytes` of every row's depth; gives the weights after them. */
LC__INLINE const char *lc__tile_depth(lc__part parts[LC__TILE_ROWS][LC__TILE_VECS],
                                      const char *const x[LC__TILE_ROWS], const char *w,
                                      size_t bytes, int rows) {
    size_t k = 0;
    for (; k + LC__GROUP_BYTES <= bytes; k += LC__GROUP_BYTES, w += LC__GROUP_WEIGHTS) {
        lc__tile_group(parts, x, k, w, rows);
    }
    for (; k < bytes; k += LC__STEP_BYTES, w += LC__STEP_WEIGHTS) {
        lc__tile_step(parts, x, k, w, rows);
    }
    return w;
}

/* How far the depth has come. */
typedef struct lc__tile_at {
    const char *w;
    size_t segment, byte;
} lc__tile_at;

/* As much of the depth as parts hold. */
LC__INLINE lc__tile_at lc__tile_parts(const lc__tile *t, lc__tile_at at,
                                      lc__part parts[LC__TILE_ROWS][LC__TILE_VECS], int rows) {
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < LC__TILE_VECS; v++) {
            parts[r][v] = (lc__part){0};
        }
    }
    for (size_t room = LC__TILE_MOST; room > 0 && at.segment < t->segments;) {
        size_t left = t->length - at.byte, bytes = left < room ? left : room;
        const char *x[LC__TILE_ROWS];
        for (int r = 0; r < rows; r++) {
            x[r] = t->x[at.segment] + (size_t)r * t->x_stride + at.byte;
        }
        at.w = lc__tile_depth(parts, x, at.w, bytes, rows);
        room -= bytes;
        at.byte = bytes < left ? at.byte + bytes : 0;
        at.segment += at.byte == 0;
    }
    return at;
}

LC__INLINE void lc__tile_run(const lc__tile *t, int rows) {
    lc__sum sums[LC__TILE_ROWS * LC__TILE_SUMS];
    int vecs = (int)((t->lanes + LC__VF_LANES - 1) / LC__VF_LANES); /* with outputs to store */
    for (int i = 0; i < vecs; i++) {
        lc__sum start = lc__tile_start(t, (size_t)i * LC__VF_LANES);
        for (int r = 0; r < rows; r++) {
            sums[r * vecs + i] = start;
        }
    }
    for (lc__tile_at at = {.w = t->weights}; at.segment < t->segments;) {
        lc__part parts[LC__TILE_ROWS][LC__TILE_VECS];
        at = lc__tile_parts(t, at, parts, rows);
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < LC__TILE_SUMS; i++) {
                if (i < vecs) {
                    sums[r * vecs + i] += lc__tile_sum(parts[r], i);
                }
            }
        }
    }
    lc__tile_finish(t, sums, rows, vecs);
}

/* A function for every number of rows. */
#define LC__NEON_ROWS_2(X) X(1) X(2)
#define LC__NEON_ROWS_4(X) LC__NEON_ROWS_2(X) X(3) X(4)
#define LC__NEON_ROWS_8(X) LC__NEON_ROWS_4(X) X(5) X(6) X(7) X(8)
#define LC__NEON_ROWS_OF(n, X) LC__NEON_ROWS_##n(X)
#define LC__NEON_ROWS(n, X) LC__NEON_ROWS_OF(n, X)
#define LC__TILE_ENTRY(rows) lc__tile_##rows,
#define LC__TILE_OF_ROWS(rows)                                                                     \
    static __attribute__((noinline)) void lc__tile_##rows(const lc__tile *t) {                     \
        lc__tile_run(t, rows);                                                                     \
    }
LC__NEON_ROWS(LC__TILE_ROWS, LC__TILE_OF_ROWS)

static void lc__tile_any(const lc__tile *t, int rows) {
    typedef void of_rows(const lc__tile *);
    static of_rows *const functions[] = {LC__NEON_ROWS(LC__TILE_ROWS, LC__TILE_ENTRY)};
    functions[rows - 1](t);
}

#endif
