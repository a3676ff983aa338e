#include "kernels/arm/neon.h"
#include "kernels/value_bf16.h"
#include "kernels/pool/windows.h"

LC__POOL_KERNELS(bf16, BF16, neon, NEON);
