/* How this process was started, from the environment that launchers of MPI programs make. */
#ifndef RANKS_LAUNCH_H
#define RANKS_LAUNCH_H

/* Processes started together; 1 without a launcher, 0 if one does not say how many. */
int lc__launch_size(void);

#endif
