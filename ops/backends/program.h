/* A net as steps: one kernel call per operator, with conversions where dtypes meet. */
#ifndef BACKENDS_PROGRAM_H
#define BACKENDS_PROGRAM_H

#include "arena.h"
#include "executor.h"

typedef struct lc__step {
    const lc__kernel *kernel;
    lc__call call;
    int node;                 /* whose operator it is; of a conversion the node converted */
    int in[LC_OP_MAX_INPUTS]; /* [call.n_in] buffers */
    int out;                  /* buffer */
    size_t packed, packed_at; /* bytes, for the executor to fill in */
} lc__step;

typedef struct lc__program {
    const lc_net *net;
    lc_dtype dtype;   /* what LC_DTYPE_ANY means */
    lc_dtype *dtypes; /* [nodes] of each output; LC_DTYPE_ANY where the node is not needed */
    int (*held)[LC_DTYPE_COUNT]; /* [nodes] buffer of the output in each dtype, -1 = none */
    int n_steps, room_for_steps, n_buffers, room_for_buffers;
    lc__step *steps; /* [n_steps] */
    lc__life *lives; /* [n_buffers] */
} lc__program;

/* Fills *p, all zeros before; free it even on failure. LC_EUNSUPPORTED names the operator that
 * there is no kernel for. */
lc_status lc__program_make(lc__program *p, const lc_net *net, lc_dtype dtype,
                           const lc__executor_way *way, lc__team *team, lc_error *err);
void lc__program_free(lc__program *p);

/* The buffer of a node's output in its own dtype; -1 if the node is not needed. */
int lc__program_buffer(const lc__program *p, int node);

#endif
