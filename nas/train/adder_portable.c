#define LC__DISTANCE_ROWS 4
#define LC__PULL_ROWS 2
#include "adder_loops.h"

LC__ADDER_KERNELS(portable);
