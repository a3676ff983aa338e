/* A table of accuracies that grows: CSV, arch,accuracy, a line for each net as soon as it is known.
 */
#ifndef NAS_CMD_CENSUS_H
#define NAS_CMD_CENSUS_H

#include <stdio.h>

#include "latcast/nas.h"

#define LC__ACCURACY_LEAST 1e-6 /* tables hold numbers above 0 */

typedef struct lc__census {
    const lc_space *space;
    lc_nas_accuracies *known; /* what is in the file, in its order */
    FILE *file;
    struct lc__known_net *slot; /* [n_slots] by what nets compute */
    size_t n, n_slots;
} lc__census;

/* Begins the table at `path`, or goes on with the one that is there: of the last line what is torn
 * is cut off. `about` says on one line what the accuracies are of, and is kept in PATH.of.
 * LC_EUSAGE: the table is of something else; LC_EFORMAT: there is something in it that is no
 * accuracy of a net. Close it also after a failure. */
lc_status lc__census_open(const char *path, const char *about, const lc_space *space,
                          lc__census *out, lc_error *err);

/* Whether the net has a line; else whether one that computes the same has one, and its accuracy. */
bool lc__census_has(const lc__census *census, const int *choices);
lc_status lc__census_equal(lc__census *census, const int *choices, bool *found, double *accuracy,
                           lc_error *err);

/* A further line. An accuracy of 0 is written as the least that a table may hold. */
lc_status lc__census_add(lc__census *census, const int *choices, double accuracy, lc_error *err);

/* Closes the file, when all is on disk. */
lc_status lc__census_close(lc__census *census, lc_error *err);

#endif
