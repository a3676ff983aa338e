#define LC__DISTANCE_ROWS 8
#define LC__PULL_ROWS 6
#include "adder_loops.h"

LC__ADDER_KERNELS(avx512);
