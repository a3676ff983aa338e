#include "kernels/arm/neon.h"
#include "kernels/value_f32.h"
#include "kernels/depthwise/term_adder.h"
#include "kernels/depthwise/patch_kernel.h"

LC__PATCH_KERNEL(f32_adder_depthwise, ADDER_CONV2D, F32, neon, NEON);
