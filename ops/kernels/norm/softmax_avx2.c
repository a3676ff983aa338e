#include "kernels/x86/avx2.h"
#include "kernels/norm/softmax_rows.h"

LC__SOFTMAX_KERNEL(avx2, AVX2);
