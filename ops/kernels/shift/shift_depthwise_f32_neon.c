#include "kernels/arm/neon.h"
#include "kernels/value_f32.h"
#include "kernels/depthwise/term_shift.h"
#include "kernels/depthwise/patch_kernel.h"

LC__PATCH_KERNEL(f32_shift_depthwise, SHIFT_CONV2D, F32, neon, NEON);
