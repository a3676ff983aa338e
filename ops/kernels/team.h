/* A team of threads for the library's own kernels: started once, then handed ranges of work with
 * no allocation and, between calls that follow closely, no system call. */
#ifndef KERNELS_TEAM_H
#define KERNELS_TEAM_H

#include <stddef.h>

typedef struct lc__team lc__team;

/* Handles items begin .. end-1. */
typedef void lc__range_fn(void *context, size_t begin, size_t end);

/* A team of `threads` >= 1, the caller included. `spins` is how many times an idle member looks for
 * work before it sleeps; 0 where another library's threads want the cores. NULL when memory or
 * threads are short. Free with lc__team_free(). */
lc__team *lc__team_new(int threads, int spins);
void lc__team_free(lc__team *team);
int lc__team_size(const lc__team *team);

/* Splits 0 .. count-1 evenly over the team and returns when all of it is done. Calls must come from
 * one thread at a time and must not be nested. */
void lc__parallel_for(lc__team *team, size_t count, lc__range_fn *fn, void *context);

#endif
