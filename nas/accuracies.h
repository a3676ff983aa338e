/* Inside of known accuracies: a list of nets in order, found by a hash of their choices. */
#ifndef NAS_ACCURACIES_H
#define NAS_ACCURACIES_H

#include "latcast/nas.h"

struct lc_nas_accuracies {
    const lc_space *space;
    int n_positions, n_options[LC_NAS_MAX_POSITIONS];
    uint64_t shape; /* digest of positions and options */
    size_t n, room, n_slots;
    int *choices;     /* [room][n_positions] */
    double *accuracy; /* [room] */
    size_t *slot;     /* [n_slots] net + 1, 0: free */
};

/* Number of a net; n if it is not there. */
size_t lc__accuracies_index(const lc_nas_accuracies *a, const int *choices);

uint64_t lc__shape_digest(const lc_nas_problem *problem);

#endif
