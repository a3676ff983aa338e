#include "kernels/arm/neon.h"

#include "kernels/value_int8.h"

#include "kernels/depthwise/term_shift.h"

#include "kernels/depthwise/patch_neon.h"

LC__PATCH_NEON(int8_shift_depthwise, SHIFT_CONV2D, INT8);
