#include "kernels/arm/neon.h"
#include "kernels/value_int8.h"
#include "kernels/pool/windows.h"

LC__POOL_KERNELS(int8, INT8, neon, NEON);
