/* Physical features of an operator graph.
 *
 * A net becomes a fixed vector of sums over its operators (and of longest paths), so every feature
 * is the sum of what the nodes contribute and a linear forecast splits over the nodes. The graph
 * is counted twice: as a runtime without dead-code elimination executes it ("raw") and without the
 * operators that do no useful work ("live").
 */
#ifndef PREDICTOR_FEATURES_H
#define PREDICTOR_FEATURES_H

#include "latcast/net.h"

/* Upper bound of the vector's length; entries beyond lc__feature_count() are 0. */
#define LC__FEATURES_MAX 768

/* What the predictor knows of a net. Cheap to copy, refers to nothing. */
typedef struct lc__point {
    uint64_t space;             /* identifies the search space the net came from, 0: explicit net */
    double x[LC__FEATURES_MAX]; /* [lc__feature_count()] */
} lc__point;

size_t lc__feature_count(void);

/* "raw.dense.macs": name of feature i in buf[size]; returns buf. */
const char *lc__feature_name(size_t i, char *buf, size_t size);

/* Fills *out; allocates nothing. Every feature is finite and >= 0. LC_EUNSUPPORTED: the net is empty. */
lc_status lc__featurise(const lc_net *net, lc__point *out, lc_error *err);

#endif
