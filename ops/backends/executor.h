/* Runs a net node by node through kernels on one team of threads: what native and openblas share.
 */
#ifndef BACKENDS_EXECUTOR_H
#define BACKENDS_EXECUTOR_H

#include "kernels/kernel.h"
#include "latcast/backend.h"

typedef struct lc__executor lc__executor;

/* Chooses the kernel of an operator on input shape `in`; NULL if there is none. */
typedef const lc__kernel *lc__choose_fn(const lc_op *op, lc_shape in);

/* See struct lc_backend; `spins` is that of lc__team_new(). */
lc_status lc__executor_new(const lc_net *net, const lc_exec_config *config, int spins,
                           lc__choose_fn *choose, lc__executor **out, lc_error *err);
void lc__executor_free(void *executor);
lc_status lc__executor_set_input(void *executor, int node, const float *data, lc_error *err);
lc_status lc__executor_run(void *executor, lc_error *err);
lc_status lc__executor_output(const void *executor, float *data, size_t count, lc_error *err);

#endif
