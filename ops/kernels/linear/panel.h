/* Matrices of activations packed for a micro-kernel at run time, as conv/tile.h has weights:
 * of f32. */
#ifndef KERNELS_LINEAR_PANEL_H
#define KERNELS_LINEAR_PANEL_H

#include "kernels/conv/tile.h"
#include "kernels/linear/product.h"

/* Bytes of B[depth, columns] packed. */
size_t lc__panel_bytes(const lc__micro *m, size_t depth, size_t columns);

/* Blocks of m->outputs columns that B has. */
size_t lc__panel_blocks(const lc__micro *m, size_t columns);

/* Packs block number `block` of p's B to its place in `packed`; columns past the last are zeros. */
void lc__panel_pack(const lc__micro *m, const lc__product *p, size_t block, float *packed);

/* Bytes of scratch of a product of `rows` rows. */
size_t lc__panel_scratch(const lc__micro *m, size_t rows, size_t depth, size_t columns,
                         int threads);

/* An lc__product_fn, but for the micro-kernel. */
void lc__panel_run(const lc__product *p, const lc__micro *m, void *scratch, lc__team *team);

#endif
