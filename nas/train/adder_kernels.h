/* The adder's inner loops, a set for each instruction set. They know nothing of windows: a tile
 * takes its inputs from wherever the pointers say, so stride, padding and groups are settled by
 * who fills them in (adder.c).
 */
#ifndef TRAIN_ADDER_KERNELS_H
#define TRAIN_ADDER_KERNELS_H

#include <stddef.h>

/* `rows` results of `lanes` <= `width` values each (rows and width are the kernel's):
 *
 *   distance  out[r][l] = -sum over s, k of |sources[s][r][k] - weights[s][k][l]|
 *   pull      out[r][l] = sum over s, k of sources[s][r][k] clip(weights[s][k][l] - centres[r][l])
 *
 * clip is the hard tanh. Sources of padding point to zeros. */
typedef struct lc__adder_tile {
    int segments, depth, lanes;
    const float *const *sources; /* [segments][rows], each to [depth], `offset` further on */
    size_t offset;
    const float *const *weights; /* [segments], each to [depth][width] */
    const float *const *centres; /* [rows], each to [lanes]; `pull` only */
    float *const *out;           /* [rows], each to [lanes] */
} lc__adder_tile;

/* One pixel of a depthwise layer: each of `channels` sums over its own `taps` values.
 *
 *   distance  out[c] = -sum over t of |sources[t][c] - weights[t][c]|
 *   pull      out[c] = sum over t of sources[t][c] clip(weights[t][c] - centre[c]) */
typedef struct lc__adder_pixel {
    int taps, channels;
    const float *const *sources; /* [taps] */
    const float *const *weights; /* [taps] */
    const float *centre;         /* `pull` only */
    float *out;
} lc__adder_pixel;

/* Most rows that a tile has. */
#define LC__ADDER_ROWS 8

typedef struct lc__adder_kernels {
    const char *name;
    int width; /* values side by side in packed weights */
    int distance_rows, pull_rows;
    void (*distance)(const lc__adder_tile *);
    void (*pull)(const lc__adder_tile *);
    void (*pixel_distance)(const lc__adder_pixel *);
    void (*pixel_pull)(const lc__adder_pixel *);
} lc__adder_kernels;

extern const lc__adder_kernels lc__adder_avx512, lc__adder_avx2, lc__adder_portable;

/* The sets that this CPU runs, best first, NULL-terminated; the last is portable. */
const lc__adder_kernels *const *lc__adder_kernels_here(void);

#endif
