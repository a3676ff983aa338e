#include "kernels/x86/avx2.h"
#include "kernels/value_int8.h"
#include "kernels/elementwise/rows.h"

LC__ELEMENTWISE_KERNELS(int8, INT8, avx2, AVX2);
