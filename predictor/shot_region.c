#include <stdlib.h>
#include "adapted.h"

/* The region of a few shots is drawn this much wider than they reach: they cannot tell. */
#define SHOT_SLACK 3.0

/* Whether the pool has nets like this one. */
static bool is_familiar(const lc__core *core, const lc__point *point) {
    for (size_t g = 0; g < core->n_regions; g++)
        if (core->regions[g].space == point->space &&
            lc__region_distance(&core->regions[g], point->x) <= 1)
            return true;
    return false;
}

lc_status lc__add_shot_region(lc_predictor *p, const lc__point *points, const size_t *rows,
                              size_t n, lc_error *err) {
    size_t *strange = calloc(n + 1, sizeof *strange), k = 0, new_spaces = 0;
    if (!strange)
        return lc_error_set(err, LC_ENOMEM, "out of memory for %zu samples", n);
    for (size_t i = 0; i < n; i++) {
        bool known = false;
        for (size_t g = 0; g < p->core->n_regions; g++)
            known = known || p->core->regions[g].space == points[rows[i]].space;
        new_spaces += !known;
        if (!is_familiar(p->core, &points[rows[i]]))
            strange[k++] = rows[i];
    }
    lc_status st = LC_OK;
    if (new_spaces > 0 || 2 * k > n) {
        st = lc__region_measure(&(lc__points){.array = points}, strange, k, SHOT_SLACK, &p->region,
                                err);
        p->has_region = st == LC_OK;
    }
    free(strange);
    return st;
}
