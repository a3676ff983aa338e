#include "kernels/x86/avx512.h"
#include "kernels/value_int8.h"
#include "kernels/depthwise/term_adder.h"
#include "kernels/depthwise/patch_kernel.h"

LC__PATCH_KERNEL(int8_adder_depthwise, ADDER_CONV2D, INT8, avx512, AVX512);
