/* Finding the meters of energy.h, for energy.c. */
#ifndef AGENT_ENERGY_METERS_H
#define AGENT_ENERGY_METERS_H

#include "energy.h"

/* Fills meter, n, counts, source and absent by what is below energy->root. */
void lc__energy_find(lc__energy *energy);

#endif
