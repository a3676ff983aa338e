/* Attention, sdpa, wma and matmul by the micro-kernels of ARM. */
#include "kernels/arm/tiles.h"
#include "kernels/attention/products.h"

LC__PRODUCTS(NEON, neon, LC__TILE_8)
