/* Tiles of terms that have no form "by lane": each 32-bit lane of input, one value of f32 or
 * several narrower ones, is first copied to a vector. A block of weights is 16 outputs wide, so
 * that one copy serves four terms. Before including this define
 *
 *     LC__STEP_BYTES       4, bytes of a lane
 *     LC__STEP_WEIGHTS     bytes of weights for a step of 16 outputs
 *     LC__TILE_MOST, lc__part, lc__sum, lc__tile_sum(), lc__tile_start() and lc__tile_finish()
 *                          as in tile_neon.h
 *     lc__input_v          a vector
 *     lc__weight_v lc__tile_weights(const char *w, int v)    of a step, outputs 4 * v .. 4 * v + 3
 *     lc__part lc__tile_term(lc__part, lc__input_v, lc__weight_v)
 */
#ifndef KERNELS_CONV_TILE_NEON_DUP_H
#define KERNELS_CONV_TILE_NEON_DUP_H

#define LC__TILE_VECS 4
#if LC__NEON_SUMS == 16
#define LC__TILE_ROWS 4
#else
#define LC__TILE_ROWS 2
#endif
#define LC__TILE_SUMS LC__TILE_VECS
#define LC__GROUP_BYTES ((size_t)4 * LC__STEP_BYTES)
#define LC__GROUP_WEIGHTS ((size_t)4 * LC__STEP_WEIGHTS)

LC__INLINE void lc__tile_terms(lc__part parts[LC__TILE_ROWS][LC__TILE_VECS],
                               const uint32x4_t x[LC__TILE_ROWS], const char *w, int rows) {
    for (int v = 0; v < LC__TILE_VECS; v++) {
        lc__weight_v weights = lc__tile_weights(w, v);
        for (int r = 0; r < rows; r++) {
            parts[r][v] = lc__tile_term(parts[r][v], (lc__input_v)x[r], weights);
        }
    }
}

#define LC__TILE_LANE(lane)                                                                        \
    for (int r = 0; r < rows; r++) {                                                               \
        copies[r] = LC__NEON_DUP(lanes[r], lane);                                                  \
    }                                                                                              \
    lc__tile_terms(parts, copies, w + (lane)*LC__STEP_WEIGHTS, rows)

LC__INLINE void lc__tile_group(lc__part parts[LC__TILE_ROWS][LC__TILE_VECS],
                               const char *const x[LC__TILE_ROWS], size_t k, const char *w,
                               int rows) {
    uint32x4_t lanes[LC__TILE_ROWS], copies[LC__TILE_ROWS];
    for (int r = 0; r < rows; r++) {
        lanes[r] = lc__neon_whole(lc__neon_load(x[r] + k));
    }
    LC__TILE_LANE(0);
    LC__TILE_LANE(1);
    LC__TILE_LANE(2);
    LC__TILE_LANE(3);
}

LC__INLINE void lc__tile_step(lc__part parts[LC__TILE_ROWS][LC__TILE_VECS],
                              const char *const x[LC__TILE_ROWS], size_t k, const char *w,
                              int rows) {
    uint32x4_t copies[LC__TILE_ROWS];
    for (int r = 0; r < rows; r++) {
        copies[r] = lc__neon_load_dup(x[r] + k);
    }
    lc__tile_terms(parts, copies, w, rows);
}

#include "kernels/conv/tile_neon.h"

#endif
