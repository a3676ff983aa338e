#include "kernels/depthwise/depthwise_int.h"

LC__DEPTHWISE_INT_KERNEL(depthwise, int8, INT8, CONV2D, LC__TERM_MULTIPLY);
