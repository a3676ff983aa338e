#include "kernels/x86/avx2.h"
#include "kernels/value_bf16.h"
#include "kernels/depthwise/term_multiply.h"
#include "kernels/depthwise/patch_kernel.h"

LC__PATCH_KERNEL(bf16_depthwise, CONV2D, BF16, avx2, AVX2);
