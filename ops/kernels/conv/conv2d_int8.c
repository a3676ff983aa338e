#include "kernels/conv/window_int.h"

LC__INT_KERNEL(conv2d, int8, INT8, CONV2D, LC__TERM_MULTIPLY);
