#include "kernels/x86/avx512.h"
#include "kernels/norm/softmax_rows.h"

LC__SOFTMAX_KERNEL(avx512, AVX512);
