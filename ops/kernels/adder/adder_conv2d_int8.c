#include "kernels/conv/window_int.h"

LC__INT_KERNEL(adder_conv2d, int8, INT8, ADDER_CONV2D, LC__TERM_ADDER);
