/* Ranks in a build without MPI: one. */
#include <stdlib.h>
#include "base/memory.h"
#include "launch.h"
#include "ranks.h"

lc_status lc__ranks_open(const volatile sig_atomic_t *stop, lc__ranks **out, lc_error *err) {
    (void)stop;
    int started = lc__launch_size();
    if (started > 1) {
        lc_error_set(
            err, LC_EUNSUPPORTED,
            "mpirun started %d processes, but this program was built without MPI and trains "
            "in one: install OpenMPI (libopenmpi-dev) and build it again, or start it "
            "without mpirun",
            started);
        return LC_EUNSUPPORTED;
    }
    *out = malloc(sizeof **out);
    if (!*out)
        return lc__no_memory(err);
    **out = (lc__ranks){.rank = 0, .ranks = 1};
    return LC_OK;
}

void lc__ranks_close(lc__ranks *ranks, lc_status end) {
    (void)end;
    free(ranks);
}
