#include "kernels/arm/neon.h"
#include "kernels/value_int8.h"
#include "kernels/depthwise/term_multiply.h"
#include "kernels/depthwise/patch_kernel.h"

LC__PATCH_KERNEL(int8_depthwise, CONV2D, INT8, neon, NEON);
