#include "kernels/arm/neon.h"
#include "kernels/value_int8.h"
#include "kernels/elementwise/rows.h"

LC__ELEMENTWISE_KERNELS(int8, INT8, neon, NEON);
