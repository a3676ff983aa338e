#include "kernels/depthwise/depthwise.h"

LC__DEPTHWISE_KERNEL(shift_depthwise, LC__TERM_SHIFT);
