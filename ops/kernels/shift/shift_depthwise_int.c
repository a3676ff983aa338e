#include "kernels/depthwise/depthwise_int.h"

LC__DEPTHWISE_INT_KERNEL(shift_depthwise, int8, INT8, SHIFT_CONV2D, LC__TERM_SHIFT);
LC__DEPTHWISE_INT_KERNEL(shift_depthwise, int16, INT16, SHIFT_CONV2D, LC__TERM_SHIFT);
