#include "kernels/x86/avx2.h"
#include "kernels/value_f32.h"
#include "kernels/pool/windows.h"

LC__POOL_KERNELS(f32, F32, avx2, AVX2);
