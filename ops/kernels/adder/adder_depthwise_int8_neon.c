#include "kernels/arm/neon.h"

#include "kernels/value_int8.h"

#include "kernels/depthwise/term_adder.h"

#include "kernels/depthwise/patch_neon.h"

LC__PATCH_NEON(int8_adder_depthwise, ADDER_CONV2D, INT8);
