#include "kernels/linear/panel.h"

#include <string.h>

#include "kernels/conv/sliding.h"
#include "kernels/vec.h"

size_t lc__panel_blocks(const lc__micro *m, size_t columns) {
    return (columns + m->outputs - 1) / m->outputs;
}

size_t lc__panel_bytes(const lc__micro *m, size_t depth, size_t columns) {
    return lc__panel_blocks(m, columns) * depth * m->outputs * sizeof(float);
}

/* Four rows of four from `from`, as columns to `to`. */
LC__INLINE void transpose4(const float *from, size_t from_stride, float *to, size_t to_stride) {
    lc__v4 a = lc__load4(from), b = lc__load4(from + from_stride);
    lc__v4 c = lc__load4(from + 2 * from_stride), d = lc__load4(from + 3 * from_stride);
    lc__v4 ac = __builtin_shufflevector(a, c, 0, 4, 1, 5),
           bd = __builtin_shufflevector(b, d, 0, 4, 1, 5);
    lc__v4 ca = __builtin_shufflevector(a, c, 2, 6, 3, 7),
           db = __builtin_shufflevector(b, d, 2, 6, 3, 7);
    lc__store4(to, __builtin_shufflevector(ac, bd, 0, 4, 1, 5));
    lc__store4(to + to_stride, __builtin_shufflevector(ac, bd, 2, 6, 3, 7));
    lc__store4(to + 2 * to_stride, __builtin_shufflevector(ca, db, 0, 4, 1, 5));
    lc__store4(to + 3 * to_stride, __builtin_shufflevector(ca, db, 2, 6, 3, 7));
}

/* Rows of B are columns of the product: lanes of them, `depth` long. */
static void pack_transposed(const float *b, size_t stride, size_t depth, size_t lanes,
                            size_t outputs, float *to) {
    size_t i = 0;
    for (; i + 4 <= lanes; i += 4) {
        size_t k = 0;
        for (; k + 4 <= depth; k += 4) {
            transpose4(b + i * stride + k, stride, to + k * outputs + i, outputs);
        }
        for (; k < depth; k++) {
            for (size_t j = i; j < i + 4; j++) {
                to[k * outputs + j] = b[j * stride + k];
            }
        }
    }
    for (; i < lanes; i++) {
        for (size_t k = 0; k < depth; k++) {
            to[k * outputs + i] = b[i * stride + k];
        }
    }
}

void lc__panel_pack(const lc__micro *m, const lc__product *p, size_t block, float *packed) {
    size_t first = block * m->outputs, left = p->columns - first;
    size_t lanes = left < m->outputs ? left : m->outputs;
    float *to = packed + first * p->depth;
    if (lanes < m->outputs) {
        memset(to, 0, p->depth * m->outputs * sizeof *to);
    }
    if (p->transpose_b) {
        pack_transposed(p->b + first * p->b_stride, p->b_stride, p->depth, lanes, m->outputs, to);
        return;
    }
    for (size_t k = 0; k < p->depth; k++) {
        memcpy(to + k * m->outputs, p->b + k * p->b_stride + first, lanes * sizeof *to);
    }
}

typedef struct packing {
    const lc__micro *m;
    const lc__product *p;
    float *packed;
} packing;

static void pack_range(void *context, size_t begin, size_t end) {
    const packing *job = context;
    for (size_t block = begin; block < end; block++) {
        lc__panel_pack(job->m, job->p, block, job->packed);
    }
}

size_t lc__panel_scratch(const lc__micro *m, size_t rows, size_t depth, size_t columns,
                         int threads) {
    lc__sliding s = lc__sliding_matrix(rows, depth, columns);
    return lc__panel_bytes(m, depth, columns) + lc__sliding_scratch(&s, m, threads);
}

void lc__panel_run(const lc__product *p, const lc__micro *m, void *scratch, lc__team *team) {
    packing job = {m, p, scratch};
    lc__parallel_for(team, lc__panel_blocks(m, p->columns), pack_range, &job);
    lc__sliding s = lc__sliding_matrix(p->rows, p->depth, p->columns);
    s.x = p->a;
    s.x_stride = p->a_stride;
    s.y = p->c;
    s.y_stride = p->c_stride;
    s.weights = scratch;
    s.finish.format = lc__format_new(LC_DTYPE_F32, 0);
    lc__sliding_run(&s, m, (char *)scratch + lc__panel_bytes(m, p->depth, p->columns), team);
}
