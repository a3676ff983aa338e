/* Ways to choose which nets to measure on a device, in one list: `predict plan --method` and
 * `predict eval --selection` both take their names from here.
 */
#ifndef PREDICTOR_SELECTION_H
#define PREDICTOR_SELECTION_H

#include "predictor/batch.h"

/* X(name, what it chooses) */
#define LC__METHOD_MAP(X)                                                                          \
    X(plan, "the nets that tell the predictor most")                                               \
    X(random, "a random draw")                                                                     \
    X(macs, "evenly spaced quantiles of the multiply-accumulates")                                 \
    X(kmeans, "typical nets: the medoids of clusters of alike ones")

typedef enum lc__method {
#define LC__METHOD_ENUM(name, about) LC__METHOD_##name,
    LC__METHOD_MAP(LC__METHOD_ENUM)
#undef LC__METHOD_ENUM
        LC__METHODS
} lc__method;

const char *lc__method_name(lc__method method);
const char *lc__method_about(lc__method method);
/* LC_EUSAGE, with the names that there are, if `name` is none of them; `option` is what gave it. */
lc_status lc__method_find(const char *option, const char *name, lc__method *out, lc_error *err);

/* What there is to choose from, and what was measured before. Rows are indices into `points`. */
typedef struct lc__selection {
    const lc_model *model;
    const lc__point *points;
    const size_t *measured; /* [n_measured] rows */
    size_t n_measured;
    const size_t *candidates; /* [n] rows, in random order: a random draw takes the first */
    size_t n;
    const lc_adapt_options *options; /* may be NULL */
} lc__selection;

/* Fills chosen[k] with distinct indices into `candidates`, best first. LC_EUSAGE when k > n. */
lc_status lc__select(const lc__selection *from, lc__method method, size_t k, size_t *chosen,
                     lc_error *err);

#endif
