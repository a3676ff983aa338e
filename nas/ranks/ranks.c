/* What ranks tell each other beside sums, by means of sums. */
#include "ranks.h"

#include <stdlib.h>
#include "base/memory.h"

lc_status lc__ranks_any(const lc__ranks *ranks, bool *wish, lc_error *err) {
    double wishes = *wish ? 1 : 0;
    lc_status st = lc__reduce_f64(ranks->reducer, &wishes, 1, err);
    if (st == LC_OK)
        *wish = wishes > 0;
    return st;
}

/* The digests of all ranks, each in two halves that a double holds exactly. */
lc_status lc__ranks_agree(const lc__ranks *ranks, const char *what, uint64_t digest,
                          lc_error *err) {
    size_t n = 2 * (size_t)ranks->ranks;
    double *halves = calloc(n, sizeof *halves);
    if (!halves)
        return lc__no_memory(err);
    halves[2 * ranks->rank] = (double)(digest >> 32);
    halves[2 * ranks->rank + 1] = (double)(digest & UINT32_MAX);
    lc_status st = lc__reduce_f64(ranks->reducer, halves, n, err);
    for (size_t i = 2; i < n && st == LC_OK; i++)
        if (halves[i] < halves[i % 2] || halves[i] > halves[i % 2]) {
            lc_error_set(
                err, LC_EFORMAT,
                "%.100s of rank %zu is not that of rank 0: all ranks need the same program, "
                "options and files",
                what, i / 2);
            st = LC_EFORMAT;
        }
    free(halves);
    return st;
}
