/* The embedded columns of all nets of a space, where they are sums over its positions. */
#ifndef PREDICTOR_CHOICE_DRAFT_H
#define PREDICTOR_CHOICE_DRAFT_H

#include "choice.h"

/* Columns of the nets of a space: base[size] plus delta[places][size], that of a position's first
 * option being 0. */
typedef struct lc__draft {
    const lc_predictor *p;
    const lc_space *space;
    const size_t *place;
    size_t places, size;
    double *base, *delta, *largest; /* [size]; largest magnitude seen */
    size_t n_logs;
    size_t log_column[LC__VARIANTS + LC__SOURCES_MAX];
} lc__draft;

/* Fills a draft of which p to size are given. LC_EUNSUPPORTED: the columns, logarithms aside, are
 * no sums, or the space has operators of families that the predictor does not know. Clear also on
 * failure. */
lc_status lc__draft_fill(lc__draft *draft, lc_error *err);
void lc__draft_clear(lc__draft *draft);

/* Whether a column is a logarithm, and the column that it is of. */
bool lc__draft_logarithm(const lc__draft *draft, size_t column);
size_t lc__draft_argument(const lc__draft *draft, size_t column);

#endif
