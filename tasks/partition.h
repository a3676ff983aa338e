/* Splits of a set of devices into sources and targets that rank nets differently: hard tasks, made
 * as NASFLAT makes its own (arXiv:2403.02446, automated device set partition). Devices are the
 * vertices of a graph, the rank correlation of their latencies weighs its edges, and the set is
 * bisected so that the edges cut weigh little, by the exchanges of Kernighan and Lin (An Efficient
 * Heuristic Procedure for Partitioning Graphs, 1970). */
#ifndef TASKS_PARTITION_H
#define TASKS_PARTITION_H

#include <stdint.h>

#include "tasks/agreement.h"

typedef enum lc__side { LC__SIDE_NONE, LC__SIDE_SOURCE, LC__SIDE_TARGET } lc__side;

typedef struct lc__split {
    lc__side *side; /* [devices] */
    /* Mean correlations: of sources with targets, among the sources, among the targets (1 where
     * there is but one). */
    double between, within_sources, within_targets;
} lc__split;

typedef struct lc__partition_options {
    size_t n_sources, n_targets; /* devices on each side, >= 1 */
    size_t n_splits;
    uint64_t seed;
} lc__partition_options;

typedef struct lc__partition {
    lc__split *split; /* [n_splits], all different */
    size_t n_splits;
    /* Mean and least `between` of random splits of the same sizes, for comparison. */
    double random_mean, random_least;
} lc__partition;

/* Splits the devices of `agreement`, which has every pair (no NaN). Each split is sought from many
 * random starts; the more often a pair was cut in earlier splits the more it counts, so that the
 * splits differ. The same seed gives the same splits. LC_EINFEASIBLE: fewer devices than the sides
 * take, or fewer different splits than asked for. Release with lc__partition_clear() (also on
 * failure). */
lc_status lc__partition_find(const lc__agreement *agreement, const lc__partition_options *options,
                             lc__partition *out, lc_error *err);
void lc__partition_clear(lc__partition *partition);

#endif
