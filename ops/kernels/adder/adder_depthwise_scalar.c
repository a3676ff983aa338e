#include "kernels/depthwise/depthwise.h"

LC__DEPTHWISE_KERNEL(adder_depthwise, LC__TERM_ADDER);
