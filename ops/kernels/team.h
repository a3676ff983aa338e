/* A team of threads for the library's own kernels: started once, then handed ranges of work with
 * no allocation and, between calls that follow closely, no system call. */
#ifndef KERNELS_TEAM_H
#define KERNELS_TEAM_H

#include <stddef.h>

typedef struct lc__team lc__team;

/* Where part `i` of `parts` begins when `count` items are shared out as evenly as can be; part
 * number `parts` is the end. No product of large numbers: on 32-bit boards the items of a layer
 * times its threads outgrow a size_t. */
static inline size_t lc__share_begin(size_t count, size_t parts, size_t i) {
    size_t more = count % parts; /* parts that have one item more than the others */
    return count / parts * i + (i < more ? i : more);
}

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
