#include "kernels/conv/window_int.h"

LC__INT_KERNEL(shift_conv2d, int8, INT8, SHIFT_CONV2D, LC__TERM_SHIFT);
LC__INT_KERNEL(shift_conv2d, int16, INT16, SHIFT_CONV2D, LC__TERM_SHIFT);
