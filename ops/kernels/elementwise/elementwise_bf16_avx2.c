#include "kernels/x86/avx2.h"
#include "kernels/value_bf16.h"
#include "kernels/elementwise/rows.h"

LC__ELEMENTWISE_KERNELS(bf16, BF16, avx2, AVX2);
