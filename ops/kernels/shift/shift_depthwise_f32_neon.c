#include "kernels/arm/neon.h"

#include "kernels/value_f32.h"

#include "kernels/depthwise/term_shift.h"

#include "kernels/depthwise/patch_neon.h"

LC__PATCH_NEON(f32_shift_depthwise, SHIFT_CONV2D, F32);
