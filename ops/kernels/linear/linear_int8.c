#include "kernels/conv/window_int.h"

LC__INT_KERNEL(linear, int8, INT8, LINEAR, LC__TERM_MULTIPLY);
