#include "kernels/depthwise/depthwise.h"

LC__DEPTHWISE_KERNEL(shift_depthwise, SHIFT_CONV2D, LC__TERM_SHIFT);
