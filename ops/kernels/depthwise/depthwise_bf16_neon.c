#include "kernels/arm/neon.h"

#include "kernels/value_bf16.h"

#include "kernels/depthwise/patch_neon.h"

LC__PATCH_NEON(bf16, BF16);
