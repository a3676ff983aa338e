#include "kernels/depthwise/depthwise.h"

LC__DEPTHWISE_KERNEL(depthwise, LC__TERM_MULTIPLY);
