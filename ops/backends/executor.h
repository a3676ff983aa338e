/* Runs a net node by node through kernels on one team of threads: what native and openblas
 * share. */
#ifndef BACKENDS_EXECUTOR_H
#define BACKENDS_EXECUTOR_H

#include "impl.h"
#include "kernels/kernel.h"

typedef struct lc__executor lc__executor;

/* Chooses the kernel of a call whose op, shapes and dtypes are set; NULL if there is none. */
typedef const lc__kernel *lc__choose_fn(const lc__call *call, lc__isa allowed);

/* How a backend uses it. */
typedef struct lc__executor_way {
    int spins; /* of lc__team_new() */
    lc__choose_fn *choose;
    lc__isa allowed; /* instruction sets that kernels may use */
    bool converts;   /* an operator without a kernel of its dtype runs in f32 between conversions */
} lc__executor_way;

/* See struct lc_backend. */
lc_status lc__executor_new(const lc_net *net, const lc_exec_config *config,
                           const lc__executor_way *way, lc__ledger *ledger, lc__executor **out,
                           lc_error *err);
void lc__executor_free(void *executor);
lc_status lc__executor_set_input(void *executor, const lc__rows *rows, const float *data,
                                 lc_error *err);
lc_status lc__executor_run(void *executor, lc_error *err);
lc_status lc__executor_output(const void *executor, float *data, size_t count, lc_error *err);

#endif
