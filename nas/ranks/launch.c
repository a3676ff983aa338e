#include "launch.h"

#include <stdlib.h>

int lc__launch_size(void) {
    /* OpenMPI's mpirun; MPICH's and Slurm's by PMI. */
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = getenv(names[i]);
        long size = text ? strtol(text, NULL, 10) : 0;
        if (size > 0 && size <= 1 << 20)
            return (int)size;
    }
    return getenv("PMIX_RANK") ? 0 : 1;
}
