#include "kernels/x86/avx2.h"
#include "kernels/norm/layer_norm_rows.h"

LC__LAYER_NORM_KERNEL(avx2, AVX2);
