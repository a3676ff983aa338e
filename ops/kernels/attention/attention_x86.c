/* Attention, sdpa, wma and matmul by the micro-kernels of x86. */
#include "kernels/attention/products.h"

LC__PRODUCTS(AVX512, avx512, "14x32")
LC__PRODUCTS(AVX2, avx2, "6x16")
