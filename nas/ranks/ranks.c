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

lc_status lc__ranks_stop(lc__ranks *ranks, bool *stop, lc_error *err) {
    lc_status st = lc__ranks_any(ranks, stop, err);
    ranks->stopping = st == LC_OK && *stop;
    return st;
}

lc_status lc__ranks_join(lc__ranks *ranks, lc_status own, lc_error *err) {
    size_t n = (size_t)ranks->ranks;
    if (!ranks->reducer || own == LC_EUNREACHABLE)
        return own;
    double *codes = calloc(n, sizeof *codes);
    if (!codes)
        return lc__no_memory(err);
    codes[ranks->rank] = own;
    lc_error gone;
    lc_status st = lc__reduce_f64(ranks->reducer, codes, n, &gone);
    if (own == LC_OK && st != LC_OK && err)
        *err = gone;
    for (size_t i = 0; i < n && own == LC_OK && st == LC_OK; i++)
        if (codes[i] > 0) {
            st = (lc_status)codes[i];
            lc_error_set(err, st, "rank %zu has failed", i);
            ranks->heard = true;
        }
    free(codes);
    return own == LC_OK ? st : own;
}

/* The digests of all ranks, each in two halves that a double holds exactly. */
lc_status lc__ranks_agree(const lc__ranks *ranks, const char *what, uint64_t digest,
                          lc_error *err) {
    size_t n = 2 * (size_t)ranks->ranks;
    double *halves = calloc(n, sizeof *halves);
    if (!halves)
        return lc__no_memory(err);
    size_t own = 2 * (size_t)ranks->rank;
    halves[own] = (double)(digest >> 32);
    halves[own + 1] = (double)(digest & UINT32_MAX);
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
