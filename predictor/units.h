/* What one node of a net does, in the terms the features are made of. */
#ifndef PREDICTOR_UNITS_H
#define PREDICTOR_UNITS_H

#include "predictor/point.h"

enum { LC__UNITS_MAX = 4 };

/* One kernel's worth of work. */
typedef struct lc__unit {
    lc__family family;
    double times;   /* how often it runs */
    double work;    /* multiply-accumulates, or elements touched where there are none */
    double in, out; /* activation elements read and written */
    double weights; /* weight elements, without bias */
    double pixels;  /* output height x width */
} lc__unit;

/* Fills u with what node `index` does when `n_inputs` of its inputs carry data; returns how many
 * units that is: 0 for an operator that does nothing (input, zero, a sum of one term), several for
 * one that runtimes split (squeeze-excite). */
int lc__node_units(const lc_net *net, int index, int n_inputs, lc__unit u[LC__UNITS_MAX]);

#endif
