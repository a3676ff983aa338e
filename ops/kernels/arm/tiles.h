/* Rows x outputs of tiles by the number of vector registers, in words: of blocks of 16 outputs, of
 * 8, and of 8 with two vectors of parts for each of sums. */
#ifndef KERNELS_ARM_TILES_H
#define KERNELS_ARM_TILES_H

#if defined(__aarch64__)
#define LC__TILE_16 "4x16"
#define LC__TILE_8 "8x8"
#define LC__TILE_8_PARTS "4x8"
#else
#define LC__TILE_16 "2x16"
#define LC__TILE_8 "4x8"
#define LC__TILE_8_PARTS "2x8"
#endif

#endif
