/* Work with memory of its own for each member of a team. */
#ifndef KERNELS_SLOTS_H
#define KERNELS_SLOTS_H

#include "kernels/team.h"

/* Handles item `item` with the memory of slot `slot`. */
typedef void lc__slot_fn(void *context, size_t slot, size_t item);

/* Every slot 0 .. lc__team_size() - 1 takes an even share of the items, in order. */
void lc__parallel_slots(lc__team *team, size_t count, lc__slot_fn *fn, void *context);

#endif
