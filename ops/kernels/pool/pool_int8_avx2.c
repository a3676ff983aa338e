#include "kernels/x86/avx2.h"
#include "kernels/value_int8.h"
#include "kernels/pool/windows.h"

LC__POOL_KERNELS(int8, INT8, avx2, AVX2);
