#include "kernels/x86/avx512.h"
#include "kernels/value_f32.h"
#include "kernels/elementwise/rows.h"

LC__ELEMENTWISE_KERNELS(f32, F32, avx512, AVX512);
