/* Finishes integer sums to int8, for any lc__vf. */
#ifndef KERNELS_CONV_FINISH_INT8_H
#define KERNELS_CONV_FINISH_INT8_H

#include "kernels/value_int8.h"

#include "kernels/conv/finish_int.h"

#define LC__TILE_CLAMPS

#endif
