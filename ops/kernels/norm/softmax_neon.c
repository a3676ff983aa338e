#include "kernels/arm/neon.h"
#include "kernels/norm/softmax_rows.h"

LC__SOFTMAX_KERNEL(neon, NEON);
