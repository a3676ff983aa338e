#include "kernels/depthwise/depthwise.h"

LC__DEPTHWISE_KERNEL(adder_depthwise, ADDER_CONV2D, LC__TERM_ADDER);
