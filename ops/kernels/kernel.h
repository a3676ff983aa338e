/* The library's own kernels: tensors [N, H, W, C], contiguous.
 *
 * A kernel asserts what lc_op_infer() has checked and cannot fail; memory is its caller's.
 */
#ifndef KERNELS_KERNEL_H
#define KERNELS_KERNEL_H

#include "kernels/isa.h"
#include "kernels/team.h"
#include "latcast/op.h"

/* One operator of a net, as its kernel sees it. Inputs and output are of op.dtype, which is never
 * LC_DTYPE_ANY. */
typedef struct lc__call {
    lc_op op;
    int n_in;
    lc_shape in_shape[LC_OP_MAX_INPUTS];
    lc_shape out_shape;
    lc_dtype in_dtype;                /* op.dtype, but for LC__OP_CONVERT and embedding */
    const void *in[LC_OP_MAX_INPUTS]; /* [n_in] */
    void *out;                        /* overlaps no input */
    const void *packed;               /* weights as pack() left them; NULL if there are none */
    void *scratch;                    /* scratch_size() bytes, undefined content */
    lc__team *team;
} lc__call;

/* Besides the operators: the values of in[0], of in_dtype, as op.dtype, in op.act_bits. */
#define LC__OP_CONVERT LC_OP_COUNT

/* The sizing functions and pack() look at `op`, the shapes and `team` only. A NULL size function
 * means 0; then pack is NULL too. Sizes are in bytes; all memory is aligned to 64. */
typedef struct lc__kernel {
    const char *name; /* dtype, operator, ISA, tile: "f32_conv2d__scalar_4x8" */
    lc_op_type type;
    lc_dtype dtype;                     /* LC_DTYPE_ANY: every dtype */
    lc__isa isa;                        /* what it needs, with all that this implies */
    bool (*fits)(const lc__call *call); /* NULL = every call of its operator and dtype */
    size_t (*packed_size)(const lc__call *call);
    void (*pack)(const lc__call *call, const float *weights, void *packed); /* from weights.h */
    size_t (*scratch_size)(const lc__call *call);
    void (*run)(const lc__call *call);
} lc__kernel;

#define KERNEL(name) extern const lc__kernel lc__kernel_##name;
#include "kernels/list.inc"
#undef KERNEL

/* The best kernel for a call whose op, shapes and dtypes are set, of those that need nothing but
 * `allowed`; NULL if there is none of its operator and dtype. */
const lc__kernel *lc__kernel_find(const lc__call *call, lc__isa allowed);

/* All kernels, in the order of the list: [*count]. */
const lc__kernel *const *lc__kernels(size_t *count);

/* True where each output channel of a conv sees one input channel, its own. */
static inline bool lc__is_depthwise(const lc__call *call) {
    int32_t channels = call->in_shape[0].c;
    return call->op.groups > 1 && call->op.groups == channels && call->op.out_channels == channels;
}

#endif
