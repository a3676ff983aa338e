/* What XNNPACK allocates by itself, which it cannot be asked: by what its snapshot of 2022 does
 * (src/operators, src/subgraph/memory-planner). */
#include <stdlib.h>
#include <string.h>

#include "xnnpack_graph.h"

/* The widest tiles of its kernels. */
#define TILE_OUTPUTS 16
#define TILE_PIXELS 8
#define TILE_DEPTH 8 /* of integers */

static double rounded_up(double n, double to) {
    double over = (double)((int64_t)n % (int64_t)to);
    return over > 0 ? n + to - over : n;
}

lc_status lc__xn_count(lc__xn_graph *g, double bytes) {
    return lc__ledger_take(g->ledger, g->node, bytes, bytes, g->err);
}

/* --- weights, in tiles ---------------------------------------------------------------------- */

/* What goes with each output: a bias, and in int8 a scale. */
static double per_output(const lc__xn_graph *g) {
    return g->type == LC_DTYPE_INT8 ? 8 : 4;
}

lc_status lc__xn_count_product(lc__xn_graph *g, double groups, double outputs, double channels,
                               double taps) {
    double size = (double)lc_dtype_size(g->type);
    double depth = taps * (g->type == LC_DTYPE_INT8 ? rounded_up(channels, TILE_DEPTH) : channels);
    return lc__xn_count(g, groups * rounded_up(outputs, TILE_OUTPUTS) *
                               (depth * size + per_output(g)));
}

lc_status lc__xn_count_depthwise(lc__xn_graph *g, double channels, double taps) {
    double size = (double)lc_dtype_size(g->type);
    double tile = taps <= 4 ? 4 : taps <= 9 ? 9 : taps <= 25 ? 25 : taps + TILE_DEPTH;
    return lc__xn_count(g, rounded_up(channels, TILE_OUTPUTS) * (tile * size + per_output(g)));
}

/* --- tables of pointers, one to each value under a window ---------------------------------------
 */

lc_status lc__xn_count_taps(lc__xn_graph *g, const lc_op *op, lc_shape out) {
    double taps = (double)op->kernel_h * op->kernel_w;
    bool moves = op->stride_h > 1 || op->stride_w > 1 || op->pad_h > 0 || op->pad_w > 0;
    if (taps == 1 && !moves) {
        return LC_OK;
    }
    return lc__xn_count(g, taps * rounded_up((double)out.h * out.w, TILE_PIXELS) * sizeof(void *));
}

/* Windows in a row share the columns that they have in common. */
lc_status lc__xn_count_shared_taps(lc__xn_graph *g, const lc_op *op, lc_shape out) {
    int step = op->stride_w < op->kernel_w ? op->stride_w : op->kernel_w;
    double row = ((double)op->kernel_w + (double)(out.w - 1) * step) * op->kernel_h;
    return lc__xn_count(g, (row * out.h + TILE_PIXELS) * sizeof(void *));
}

/* --- values inside a part, which it plans as we plan ours ---------------------------------------
 */

lc_status lc__xn_note_value(lc__xn_graph *g, uint32_t id, size_t size) {
    if (id >= g->room_inner) {
        size_t room = 2 * (size_t)id + 64;
        lc__life *more = realloc(g->inner, room * sizeof *more);
        if (more == NULL) {
            return lc__xn_no_memory(g);
        }
        memset(more + g->room_inner, 0, (room - g->room_inner) * sizeof *more);
        g->inner = more;
        g->room_inner = room;
    }
    g->inner[id] = (lc__life){.size = size + XNN_EXTRA_BYTES, .first = g->node, .last = g->node};
    return LC_OK;
}

void lc__xn_note_reader(lc__xn_graph *g, uint32_t id) {
    if (id < g->room_inner) {
        g->inner[id].last = g->node;
    }
}

static int larger_first(const void *a, const void *b) {
    const lc__life *x = a, *y = b;
    return (x->size < y->size) - (x->size > y->size);
}

static int by_offset(const void *a, const void *b) {
    const lc__life *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool overlap(const lc__life *a, const lc__life *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* Where XNNPACK puts a value of `size` beside those of live[n], by offset: into the smallest gap
 * between two of them, else behind the last, and never before the first. */
static size_t offset_beside(const lc__life *live, size_t n, size_t size) {
    size_t end = 0, at = 0, smallest = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t gap = i > 0 && live[i].offset > end ? live[i].offset - end : 0;
        if (gap >= size && gap < smallest) {
            smallest = gap;
            at = end;
        }
        size_t own_end = live[i].offset + live[i].size;
        end = own_end > end ? own_end : end;
    }
    return smallest < SIZE_MAX ? at : end;
}

/* The bytes that values[n] take together; it places the larger ones first, as we do, but leaves
 * more gaps. `live` is room for as many. */
static double plan(lc__life *values, size_t n, lc__life *live) {
    size_t total = 0;
    if (n > 0)
        qsort(values, n, sizeof *values, larger_first);
    for (size_t i = 0; i < n; i++) {
        size_t m = 0;
        for (size_t k = 0; k < i; k++) {
            if (overlap(&values[i], &values[k])) {
                live[m++] = values[k];
            }
        }
        qsort(live, m, sizeof *live, by_offset);
        values[i].offset = offset_beside(live, m, values[i].size);
        size_t end = values[i].offset + values[i].size;
        total = end > total ? end : total;
    }
    return (double)total;
}

/* In nets of int8 it also depends on the order of the conversions within nodes, which is not noted:
 * at most a quarter was found to be missing. */
#define FEW_VALUES 8
#define CONVERSIONS (4 / 3.0)

lc_status lc__xn_count_values(lc__xn_graph *g) {
    size_t n = 0;
    for (size_t i = 0; i < g->room_inner; i++) {
        if (g->inner[i].size > 0) {
            g->inner[n++] = g->inner[i];
        }
    }
    lc__life *live = malloc((n + 1) * sizeof *live);
    if (live == NULL) {
        return lc__xn_no_memory(g);
    }
    double total = plan(g->inner, n, live);
    if (g->dtype == LC_DTYPE_INT8 && n > FEW_VALUES) {
        total *= CONVERSIONS;
    }
    free(live);
    if (g->room_inner > 0) {
        memset(g->inner, 0, g->room_inner * sizeof *g->inner);
    }
    return lc__xn_count(g, total);
}
