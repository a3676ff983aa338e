/* What is behind lc_nas_bits. */
#ifndef NAS_BITS_H
#define NAS_BITS_H

#include "latcast/nas.h"

enum { LC__BITS_WIDTHS = LC_NAS_BITS_MOST - LC_NAS_BITS_LEAST + 1 };

struct lc_nas_bits {
    lc_net *net;
    lc_nas_problem problem;
    int layer[LC_NAS_MAX_POSITIONS];  /* nodes */
    int source[LC_NAS_MAX_POSITIONS]; /* nodes that compute what they read; -1: the net's input */
};

/* The option of a width that the position has; -1: none. */
int lc__bits_option(const lc_nas_bits *bits, int position, lc_nas_width width);

#endif
