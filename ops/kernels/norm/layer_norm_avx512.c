#include "kernels/x86/avx512.h"
#include "kernels/norm/layer_norm_rows.h"

LC__LAYER_NORM_KERNEL(avx512, AVX512);
