/* split_heads and merge_heads: rows of values moved, none computed. */
#include <string.h>

#include "kernels/kernel.h"

typedef struct parts {
    const char *from;
    char *to;
    size_t tokens, heads, row; /* row: bytes of one head of one token */
    bool merge;
} parts;

/* Pieces are the values of one head of one token, in the order of [N, heads, T, depth]. */
static void move_rows(void *context, size_t begin, size_t end) {
    const parts *p = context;
    for (size_t i = begin; i < end; i++) {
        size_t token = i % p->tokens, head = i / p->tokens % p->heads;
        size_t image = i / p->tokens / p->heads;
        size_t other = (image * p->tokens + token) * p->heads + head;
        size_t from = p->merge ? i : other, to = p->merge ? other : i;
        memcpy(p->to + to * p->row, p->from + from * p->row, p->row);
    }
}

static void run(const lc__call *call) {
    bool merge = call->op.type == LC_OP_MERGE_HEADS;
    lc_shape split = merge ? call->in_shape[0] : call->out_shape;
    parts p = {.from = call->in[0],
               .to = call->out,
               .tokens = (size_t)split.w,
               .heads = (size_t)split.h,
               .row = (size_t)split.c * lc_dtype_size(call->op.dtype),
               .merge = merge};
    lc__parallel_for(call->team, (size_t)split.n * p.heads * p.tokens, move_rows, &p);
}

const lc__kernel lc__kernel_split_heads = {
    .name = "any_split_heads__scalar",
    .type = LC_OP_SPLIT_HEADS,
    .dtype = LC_DTYPE_ANY,
    .run = run,
};

const lc__kernel lc__kernel_merge_heads = {
    .name = "any_merge_heads__scalar",
    .type = LC_OP_MERGE_HEADS,
    .dtype = LC_DTYPE_ANY,
    .run = run,
};
