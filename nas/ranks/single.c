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
            "mpirun started %d processes, but this program was built without OpenMPI and trains "
            "in one: install it (libopenmpi-dev) and build this program again, or start it "
            "without mpirun",
            started);
        return LC_EUNSUPPORTED;
    }
    *out = malloc(sizeof **out);
    if (!*out)
        return lc__no_memory(err);
    **out = (lc__ranks){.rank = 0, .ranks = 1, .here = 1};
    return LC_OK;
}

bool lc__ranks_end(lc__ranks *ranks, lc_status end) {
    (void)ranks;
    (void)end;
    return true;
}

lc_status lc__ranks_copy(lc__ranks *ranks, void *bytes, size_t n, lc_error *err) {
    (void)ranks;
    (void)bytes;
    (void)n;
    (void)err;
    return LC_OK;
}

void lc__ranks_close(lc__ranks *ranks, lc_status end) {
    (void)end;
    free(ranks);
}
