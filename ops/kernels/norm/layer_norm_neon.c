#include "kernels/arm/neon.h"
#include "kernels/norm/layer_norm_rows.h"

LC__LAYER_NORM_KERNEL(neon, NEON);
