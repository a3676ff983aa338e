/* The spaces of this build; one file each. A new space is a file here, a line in this header and
 * one in lc_spaces(). */
#ifndef OPS_SPACES_H
#define OPS_SPACES_H

#include "latcast/space.h"

/* Room for the table string of any space. */
#define LC__ARCH_MAX 256

extern const lc_space lc__space_fbnet, lc__space_nasbench201, lc__space_ofa_mbv3, lc__space_hat,
    lc__space_flexibert, lc__space_nasa;

#endif
