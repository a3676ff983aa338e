/* Every operator in double precision, from its definition and nothing of the library's kernels. */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include "latcast/op.h"

/* One operator on its inputs. `weights` as backends/weights.h lays them out. Fills y[], and
 * bound[], the sum of the magnitudes of the terms that make up each value; *terms is how many there
 * are. A float result may be off by about sqrt(terms) roundings of that sum; where *terms is 0, by
 * nothing. Both arrays hold lc_shape_count(out) values. */
void reference_run(const lc_op *op, const lc_shape *in_shape, const float *const *in, int n_in,
                   const float *weights, lc_shape out, double *y, double *bound, double *terms);

#endif
