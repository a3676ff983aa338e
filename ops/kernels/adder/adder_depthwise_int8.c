#include "kernels/depthwise/depthwise_int.h"

LC__DEPTHWISE_INT_KERNEL(adder_depthwise, int8, INT8, ADDER_CONV2D, LC__TERM_ADDER);
