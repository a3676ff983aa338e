#include "kernels/x86/avx2.h"
#include "kernels/value_f32.h"
#include "kernels/depthwise/term_multiply.h"
#include "kernels/depthwise/patch_kernel.h"

LC__PATCH_KERNEL(f32_depthwise, CONV2D, F32, avx2, AVX2);
