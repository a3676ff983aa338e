/* Tiles of terms that take one lane of a vector of input as it is: 32 bits, an f32 or four int8. A
 * block of weights is 8 outputs wide. Before including this define
 *
 *     lc__sum, lc__tile_start(), lc__tile_finish()    as in tile_neon.h; parts are sums
 *     LC__TILE_TERM(sum, x, w, lane)    the sum and the term of lane number `lane` of uint32x4_t x
 */
#ifndef KERNELS_CONV_TILE_NEON_LANE_H
#define KERNELS_CONV_TILE_NEON_LANE_H

#define LC__TILE_VECS 2
#if LC__NEON_SUMS == 16
#define LC__TILE_ROWS 8
#else
#define LC__TILE_ROWS 4
#endif
#define LC__TILE_SUMS LC__TILE_VECS
#define LC__TILE_MOST SIZE_MAX
#define LC__STEP_WEIGHTS 32
#define LC__GROUP_BYTES 16
#define LC__GROUP_WEIGHTS 128

typedef lc__sum lc__part;

LC__INLINE lc__sum lc__tile_sum(const lc__part parts[LC__TILE_VECS], int i) {
    return parts[i];
}

#define LC__TILE_LANE(lane)                                                                        \
    for (int v = 0; v < LC__TILE_VECS; v++) {                                                      \
        uint32x4_t weights = lc__neon_load(w + (lane)*LC__STEP_WEIGHTS + 16 * v);                  \
        for (int r = 0; r < rows; r++) {                                                           \
            parts[r][v] = LC__TILE_TERM(parts[r][v], lanes[r], weights, lane);                     \
        }                                                                                          \
    }

LC__INLINE void lc__tile_group(lc__part parts[LC__TILE_ROWS][LC__TILE_VECS],
                               const char *const x[LC__TILE_ROWS], size_t k, const char *w,
                               int rows) {
    uint32x4_t lanes[LC__TILE_ROWS];
    for (int r = 0; r < rows; r++) {
        lanes[r] = lc__neon_whole(lc__neon_load(x[r] + k));
    }
    LC__TILE_LANE(0)
    LC__TILE_LANE(1)
    LC__TILE_LANE(2)
    LC__TILE_LANE(3)
}

LC__INLINE void lc__tile_step(lc__part parts[LC__TILE_ROWS][LC__TILE_VECS],
                              const char *const x[LC__TILE_ROWS], size_t k, const char *w,
                              int rows) {
    uint32x4_t lanes[LC__TILE_ROWS];
    for (int r = 0; r < rows; r++) {
        lanes[r] = lc__neon_load_dup(x[r] + k);
    }
    LC__TILE_LANE(0)
}

#include "kernels/conv/tile_neon.h"

#endif
