/* How this process was started, from the environment that launchers of MPI programs make. */
#ifndef RANKS_LAUNCH_H
#define RANKS_LAUNCH_H

#include <stdbool.h>

/* Processes started together; 1 without a launcher, 0 if one does not say how many. */
int lc__launch_size(void);

/* For what each of them finds wrong before they meet: true on the one that is to say it. The others
 * are kept for a moment, since mpirun ends all with the first that fails. */
bool lc__launch_says(void);

#endif
