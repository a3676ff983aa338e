#include "kernels/adder/tile_int8_neon.h"

LC__ADDER_INT8_MICRO(lc__micro_int8_adder_dotprod);
