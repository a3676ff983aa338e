#include "launch.h"

#include <stdlib.h>
#include <time.h>

/* The first of these variables that holds a number, -1: none. */
static int number(const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char *end = NULL, *text = getenv(names[i]);
        long value = text ? strtol(text, &end, 10) : -1;
        if (end > text && value >= 0 && value <= 1 << 20)
            return (int)value;
    }
    return -1;
}

int lc__launch_size(void) {
    /* OpenMPI's mpirun; MPICH's and Slurm's by PMI. */
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    int size = number(names, 2);
    if (size > 0)
        return size;
    return getenv("PMIX_RANK") ? 0 : 1;
}

bool lc__launch_says(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"};
    if (number(names, 3) <= 0)
        return true;
    nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
    return false;
}
