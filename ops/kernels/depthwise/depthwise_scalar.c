#include "kernels/depthwise/depthwise.h"

LC__DEPTHWISE_KERNEL(depthwise, CONV2D, LC__TERM_MULTIPLY);
